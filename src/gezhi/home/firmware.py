"""Node files for ESPHome: relays that switch themselves off, probes, and a counter of litres.

A node trusts nobody. A relay is off after every start; it goes on only by a message that says for
how long, never longer than its own limit, and never by a message that the broker had kept. A valve
whose probe sits on the same node shuts when that probe is warm, rises fast or is broken. Pulses
are counted as whole numbers, kept in flash, and published as a retained running total, so that what
flowed while nobody listened is not lost.

Sources: esphome.io, "MQTT Client Component", "GPIO Switch", "Dallas Temperature Sensor",
"Pulse Counter Sensor", "Script", "Global Variables".
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gezhi.errors import ParameterError
from gezhi.home.bridge.configuration import ChannelSettings, MqttSettings, NodeSettings
from gezhi.home.firmware_check import check_node
from gezhi.kernel.paths import atomic_write

__all__ = [
    "SECRETS",
    "contact_sensor",
    "essentials",
    "node_file",
    "write_firmware",
]

SECRETS = """# What your nodes need to know of your house. Fill in; never share.
wifi_ssid: "your network"
wifi_password: "at least eight characters"
mqtt_broker: "192.168.1.2"
mqtt_user: ""
mqtt_password: ""
ota_password: "choose one"
"""
_BOARDS = {"esp32": "esp32dev", "esp8266": "d1_mini"}
# Messages that a broker had kept come right behind the connection; live ones hardly ever do.
_DEAF_MILLISECONDS = 1000
_RISE_KELVIN = 5.0


def write_firmware(
    folder: Path | str,
    nodes: tuple[NodeSettings, ...],
    mqtt: MqttSettings,
    *,
    closes: Mapping[str, tuple[str, float]] | None = None,
    more: Mapping[str, str] | None = None,
) -> tuple[Path, ...]:
    """Write a file for each ESPHome node, and ``secrets.yaml`` where there is none yet.

    Args:
        folder: where they go; made when missing.
        nodes: the house's devices; those of another kind are passed over.
        mqtt: the broker's port and the bridge's settings.
        closes: by a probe's channel name, the relay that it shuts, and at how many degrees.
        more: the texts of further nodes, by name, such as the stove's.

    Returns:
        The paths of the node files.

    Raises:
        ParameterError: a node's name, channel or pin cannot be used.
    """
    place = Path(folder)
    texts = {
        one.node: node_file(one, mqtt, closes=closes) for one in nodes if one.kind == "esphome"
    }
    texts |= more or {}
    place.mkdir(parents=True, exist_ok=True)
    for node, text in texts.items():
        with atomic_write(place / f"{node}.yaml") as temporary:
            temporary.write_text(text, encoding="utf-8")
    secrets = place / "secrets.yaml"
    if not secrets.exists():
        with atomic_write(secrets) as temporary:
            temporary.touch(mode=0o600)
            temporary.write_text(SECRETS, encoding="utf-8")
    return tuple(place / f"{node}.yaml" for node in texts)


def node_file(
    node: NodeSettings,
    mqtt: MqttSettings,
    *,
    closes: Mapping[str, tuple[str, float]] | None = None,
) -> str:
    """The ESPHome configuration of one node.

    Args:
        node: the device with its channels, each with a ``pin``.
        mqtt: the broker's port.
        closes: by a probe's channel name, the relay that it shuts, and at how many degrees.

    Raises:
        ParameterError: a name or a pin cannot be used; the sentence says which.

    >>> from gezhi.home.bridge.configuration import ChannelSettings
    >>> pump = ChannelSettings(name="pump", channel="pump", quantity="relay", pin="GPIO16")
    >>> text = node_file(NodeSettings(node="cellar", channels=(pump,)), MqttSettings())
    >>> "restore_mode: ALWAYS_OFF" in text, "topic: cellar/relay/pump/set" in text
    (True, True)
    """
    check_node(node)
    relays = [one for one in node.channels if one.quantity == "relay"]
    probes = [one for one in node.channels if one.quantity == "celsius"]
    flows = [one for one in node.channels if one.quantity == "litres_per_minute"]
    litres = [one for one in node.channels if one.quantity == "litres"]
    switches = [one for one in node.channels if one.quantity == "switch"]
    if litres and len(flows) != 1:
        raise ParameterError(
            f"node {node.node!r} counts litres with {len(flows)} flow sensors; exactly one channel "
            'with quantity = "litres_per_minute" would be right'
        )
    own = {one.name: one for one in relays}
    shut = {
        probe: (own[relay], celsius)
        for probe, (relay, celsius) in (closes or {}).items()
        if relay in own
    }
    parts = [_head(node, mqtt, relays, litres, flows), _scripts(relays), _globals(flows)]
    parts += [_relays(node, relays), _buses(probes)]
    sensors = [_probe(one, shut.get(one.name)) for one in probes]
    sensors += [_flow(node, one, litres) for one in flows]
    if sensors:
        parts.append("sensor:\n" + "".join(sensors))
    if switches:
        parts.append("binary_sensor:\n" + "".join(contact_sensor(node, one) for one in switches))
    return "\n".join(one for one in parts if one)


def essentials(node: NodeSettings, mqtt: MqttSettings) -> str:
    """Chip, log, flash, network and broker of a node; ``mqtt``, which comes last, is left open."""
    board = node.board or _BOARDS[node.chip]
    framework = "\n  framework:\n    type: arduino" if node.chip == "esp32" else ""
    return f"""{node.chip}:
  board: {board}{framework}

logger:
  level: INFO

preferences:
  flash_write_interval: 1min

wifi:
  ssid: !secret wifi_ssid
  password: !secret wifi_password

ota:
  - platform: esphome
    password: !secret ota_password

mqtt:
  broker: !secret mqtt_broker
  port: {mqtt.port}
  username: !secret mqtt_user
  password: !secret mqtt_password
  topic_prefix: {node.node}
  discovery: false
  clean_session: true
  keepalive: 15s
  reboot_timeout: 0s
"""


def _head(
    node: NodeSettings,
    mqtt: MqttSettings,
    relays: list[ChannelSettings],
    litres: list[ChannelSettings],
    flows: list[ChannelSettings],
) -> str:
    shown = "".join(_show_relay(node, one, 8) for one in relays)
    shown += "".join(_show_litres(node, one, flows[0], 8) for one in litres)
    repeat = f"\ninterval:\n  - interval: 5s\n    then:\n{shown}" if shown else ""
    on_connect = "".join(f"{line[2:]}\n" for line in shown.splitlines())
    return f"""# Written by gezhi home firmware. A relay is off after every start and goes off by
# itself; read docs/bridge.md before changing anything here.
esphome:
  name: {node.node}

{essentials(node, mqtt)}  on_connect:
    then:
      - lambda: id(connected_at) = millis();
{on_connect}{_messages(node, relays)}{repeat}"""


def _messages(node: NodeSettings, relays: list[ChannelSettings]) -> str:
    if not relays:
        return ""
    return "  on_message:\n" + "".join(_message(node, one) for one in relays)


def _message(node: NodeSettings, relay: ChannelSettings) -> str:
    name = relay.channel
    return f"""    - topic: {node.node}/relay/{name}/set
      qos: 1
      then:
        - lambda: |-
            if (x == "OFF") {{ id(relay_{name}).turn_off(); return; }}
            // What the broker had kept comes right behind the connection, and is not obeyed.
            if (millis() - id(connected_at) < {_DEAF_MILLISECONDS}) return;
            if (x.rfind("ON ", 0) != 0) return;
            float seconds = atof(x.c_str() + 3);
            if (!(seconds > 0.0f)) return;
            if (seconds > {relay.limit_seconds:.1f}f) seconds = {relay.limit_seconds:.1f}f;
            id(relay_{name}).turn_on();
            id(limit_{name})->execute((int) (seconds * 1000.0f));
"""


def _show_relay(node: NodeSettings, relay: ChannelSettings, indent: int) -> str:
    pad = " " * indent
    return (
        f"{pad}- mqtt.publish:\n"
        f"{pad}    topic: {node.node}/switch/{relay.channel}/state\n"
        f"{pad}    retain: true\n"
        f"{pad}    payload: !lambda |-\n"
        f'{pad}      return id(relay_{relay.channel}).state ? "ON" : "OFF";\n'
    )


def _show_litres(
    node: NodeSettings, litres: ChannelSettings, flow: ChannelSettings, indent: int
) -> str:
    pad = " " * indent
    return (
        f"{pad}- mqtt.publish:\n"
        f"{pad}    topic: {node.node}/sensor/{litres.channel}/state\n"
        f"{pad}    retain: true\n"
        f"{pad}    payload: !lambda |-\n"
        f"{pad}      char text[32];\n"
        f'{pad}      snprintf(text, sizeof(text), "%.4f", '
        f"id(pulses_{flow.channel}) / {flow.pulses_per_litre:.4f});\n"
        f"{pad}      return std::string(text);\n"
    )


def _scripts(relays: list[ChannelSettings]) -> str:
    if not relays:
        return ""
    return "script:\n" + "".join(
        f"""  - id: limit_{one.channel}
    mode: restart
    parameters:
      milliseconds: int
    then:
      - delay: !lambda return milliseconds;
      - switch.turn_off: relay_{one.channel}
"""
        for one in relays
    )


def _globals(flows: list[ChannelSettings]) -> str:
    text = "globals:\n  - id: connected_at\n    type: uint32_t\n    initial_value: '0'\n"
    for one in flows:
        text += f"""  - id: pulses_{one.channel}
    type: uint64_t
    restore_value: true
    initial_value: '0'
  - id: seen_{one.channel}
    type: uint32_t
    initial_value: '0'
"""
    return text


def _relays(node: NodeSettings, relays: list[ChannelSettings]) -> str:
    if not relays:
        return ""
    return "switch:\n" + "".join(
        f"""  - platform: gpio
    id: relay_{one.channel}
    internal: true
    restore_mode: ALWAYS_OFF
    pin:
      number: {one.pin}
      inverted: {str(one.inverted).lower()}
    on_turn_on:
      - script.execute:
          id: limit_{one.channel}
          milliseconds: {int(one.limit_seconds * 1000)}
{_show_relay(node, one, 6)}    on_turn_off:
      - script.stop: limit_{one.channel}
{_show_relay(node, one, 6)}"""
        for one in relays
    )


def _buses(probes: list[ChannelSettings]) -> str:
    pins = sorted({one.pin for one in probes})
    return (
        "one_wire:\n"
        + "".join(f"  - platform: gpio\n    id: bus_{pin}\n    pin: {pin}\n" for pin in pins)
        if pins
        else ""
    )


def _probe(probe: ChannelSettings, shut: tuple[ChannelSettings, float] | None) -> str:
    address = f"    address: {probe.address}\n" if probe.address else ""
    text = f"""  - platform: dallas_temp
    one_wire_id: bus_{probe.pin}
{address}    name: {probe.channel}
    resolution: 11
    accuracy_decimals: 2
    update_interval: 1s
"""
    if shut is not None:
        relay, celsius = shut
        text += f"""    on_value:
      - if:
          condition:
            lambda: |-
              // A front shows by its rise long before a probe that lags has become warm.
              static float lowest = 100.0f;
              if (std::isnan(x)) return true;
              if (!id(relay_{relay.channel}).state || x < lowest) lowest = x;
              return x >= {celsius:.2f}f || x - lowest >= {_RISE_KELVIN:.1f}f;
          then:
            - switch.turn_off: relay_{relay.channel}
"""
    return text


def _flow(node: NodeSettings, flow: ChannelSettings, litres: list[ChannelSettings]) -> str:
    name = flow.channel
    return f"""  - platform: pulse_counter
    name: {name}
    id: flow_{name}
    pin:
      number: {flow.pin}
      inverted: {str(flow.inverted).lower()}
      mode:
        input: true
        pullup: true
    update_interval: 1s
    unit_of_measurement: L/min
    accuracy_decimals: 3
    filters:
      - multiply: {1.0 / flow.pulses_per_litre:.9f}
    total:
      id: total_{name}
      internal: true
      on_raw_value:
        - lambda: |-
            uint32_t now = (uint32_t) x;
            if (now > id(seen_{name})) id(pulses_{name}) += now - id(seen_{name});
            id(seen_{name}) = now;
            // Beyond 16 million a float no longer counts by ones.
            if (now > 8000000) id(flow_{name}).set_total_pulses(0);
{"".join(_show_litres(node, one, flow, 8) for one in litres)}"""


def contact_sensor(node: NodeSettings, switch: ChannelSettings) -> str:
    """An item of ``binary_sensor`` for a dry contact to ground; more keys may follow it."""
    return f"""  - platform: gpio
    name: {switch.channel}
    state_topic: {node.node}/sensor/{switch.channel}/state
    pin:
      number: {switch.pin}
      inverted: {str(switch.inverted).lower()}
      mode:
        input: true
        pullup: true
    filters:
      - delayed_on_off: 100ms
"""
