"""Node files for the stove: `gezhi.home.stove_node` as an ESPHome configuration.

The relay's contact is normally closed and sits in series with a thermocouple. Energised, it cuts;
at rest, at every start and without power the stove is as it always was. The node has no word that
could light anything. It holds a copy of each burner's planned cut in its flash and makes the cut by
itself when hub, broker or network are gone; it bounds every pulse and their sum; and its button
takes the child lock off without anybody's leave.

The rule is written in C++ step by step as `stove_node.step` has it, in milliseconds. A test
compiles the lambdas of the file and drives both with the same events.

Sources: esphome.io, "Global Variables", "Script", "MQTT Client Component", "ADS1115 Sensor",
"Debug Component", "Core Configuration: preferences".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gezhi.errors import ParameterError
from gezhi.home.bridge.configuration import ChannelSettings, MqttSettings, NodeSettings
from gezhi.home.firmware import contact_sensor, essentials
from gezhi.home.firmware_check import check_node
from gezhi.home.stove_drawing import HONESTY
from gezhi.home.stove_rule import RULES, fill
from gezhi.home.types.stove import Burner, StoveSettings

__all__ = ["is_stove_node", "stove_node_file"]

#: The channel of the push button at the stove, and that of its light.
BUTTON, INDICATOR = "stove-button", "stove-light"
# Messages that a broker had kept come right behind the connection; live ones hardly ever do.
_DEAF_MILLISECONDS = 1000
_REPORT_SECONDS = 2
_ADDRESS = re.compile(r"A[0-3]_(A[0-3]|GND)")


def is_stove_node(node: NodeSettings, settings: StoveSettings) -> bool:
    """Whether a device has a relay of the stove's."""
    relays = {one.relay for one in settings.burners}
    return any(one.name in relays for one in node.channels)


def stove_node_file(node: NodeSettings, mqtt: MqttSettings, settings: StoveSettings) -> str:
    """The ESPHome configuration of one stove node.

    Args:
        node: the device: relays of burners, ``flame:NAME`` as millivolts of an ADS1115 (``pin`` is
            its pair of inputs, such as ``A0_A1``), a button ``stove-button``, a light
            ``stove-light``, and contacts such as ``presence``.
        mqtt: the broker's port.
        settings: the stove.

    Raises:
        ParameterError: a name, pin or chip cannot be used, or a channel does not belong here.

    >>> relay = ChannelSettings(name="left-relay", channel="left", quantity="relay", pin="GPIO16")
    >>> stove = StoveSettings((Burner("left", "left-relay"),))
    >>> text = stove_node_file(NodeSettings(node="stove", channels=(relay,)), MqttSettings(), stove)
    >>> text.splitlines()[1]
    '# the untouched valve.'
    >>> "restore_mode: ALWAYS_OFF" in text
    True
    """
    burners = _burners(node, settings)
    flames = [one for one in node.channels if one.quantity == "millivolts"]
    contacts = [one for one in node.channels if one.quantity == "switch" and one.name != BUTTON]
    button = next((one for one in node.channels if one.name == BUTTON), None)
    light = next((one for one in node.channels if one.name == INDICATOR), None)
    names = [channel.channel for _, channel in burners]
    parts = [
        _head(node, mqtt, names, settings),
        _light(names) if light else "",
        _scripts(node, burners, settings),
        _globals(names),
        _relays(burners, light),
        _flames(flames, node, settings) if flames else "",
        _inputs(node, button, contacts, names, settings) if button or contacts else "",
        "text_sensor:\n  - platform: debug\n    reset_reason:\n      name: reset\n"
        "      id: reset_reason\n",
    ]
    return "\n".join(one for one in parts if one)


def _burners(node: NodeSettings, settings: StoveSettings) -> list[tuple[Burner, ChannelSettings]]:
    check_node(node)
    if node.chip != "esp32":
        raise ParameterError(
            f"node {node.node!r} is an {node.chip}, whose flash a countdown would wear out; "
            'chip = "esp32" would be right'
        )
    by_relay = {one.relay: one for one in settings.burners}
    sensed = {f"flame:{one.name}" for one in settings.burners if one.flame_sensor}
    found = []
    for one in node.channels:
        if one.quantity == "relay" and one.name in by_relay:
            found.append((by_relay[one.name], one))
        elif one.quantity == "millivolts" and one.name in sensed:
            if not _ADDRESS.fullmatch(one.pin):
                raise ParameterError(
                    f"node {node.node!r}: the inputs of {one.channel!r} are {one.pin!r}; a pair of "
                    'the ADS1115 would be right, such as pin = "A0_A1"'
                )
        elif one.quantity not in ("switch", "indicator", "timer"):
            raise ParameterError(
                f"node {node.node!r} cuts gas, and {one.name!r} does not belong there; give it a "
                "node of its own"
            )
    return found


def _head(
    node: NodeSettings, mqtt: MqttSettings, names: Sequence[str], settings: StoveSettings
) -> str:
    honesty = "".join(f"# {line}\n" for line in _wrapped(HONESTY))
    started = "".join(_indented(10, fill(RULES["start"], one, settings)) for one in names)
    messages = "".join(_messages(node, one, settings) for one in names)
    ticks = "".join(f"      - script.execute: drive_{one}\n" for one in names)
    says = "".join(f"      - script.execute: say_{one}\n" for one in names)
    return f"""{honesty}# Written by gezhi home firmware; read docs/stove.md before you change it.
esphome:
  name: {node.node}
  on_boot:
    # After the flash has been read, before anything is heard.
    priority: 600
    then:
      - lambda: |-
{started}
{essentials(node, mqtt)}  birth_message:
    topic: {node.node}/status
    payload: waking
    retain: true
  on_connect:
    then:
      - lambda: id(connected_at) = millis();
      # Whoever hears "online" may speak: by then what the broker had kept has come and gone.
      - delay: {_DEAF_MILLISECONDS + 100}ms
{says}      - mqtt.publish:
          topic: {node.node}/status
          payload: online
          retain: true
  on_message:
{messages}
debug:

interval:
  - interval: 50ms
    then:
{ticks}  - interval: {_REPORT_SECONDS}s
    then:
{says}"""


def _wrapped(lines: Sequence[str]) -> list[str]:
    """The lines, none longer than a file's."""
    out = []
    for line in lines:
        while len(line) > 96:
            cut = line.rfind(" ", 0, 96)
            out.append(line[:cut])
            line = line[cut + 1 :]
        out.append(line)
    return out


def _messages(node: NodeSettings, name: str, settings: StoveSettings) -> str:
    text = ""
    for topic, rule in (
        (f"{node.node}/relay/{name}/set", "cut"),
        (f"{node.node}/timer/{name}/plan", "plan"),
        (f"{node.node}/timer/{name}/lock", "lock"),
    ):
        code = _indented(12, fill(RULES[rule], name, settings))
        text += f"    - topic: {topic}\n      qos: 1\n      then:\n        - lambda: |-\n{code}"
    return text


def _scripts(
    node: NodeSettings, burners: Sequence[tuple[Burner, ChannelSettings]], settings: StoveSettings
) -> str:
    text = "script:\n"
    bound = int(1000 * settings.pulse_seconds) + 1000
    for _, channel in burners:
        name = channel.channel
        code = {
            key: _indented(10, fill(RULES[key], name, settings))
            for key in ("clock", "drive", "save", "act")
        }
        said = _indented(14, fill(RULES["say"], name, settings))
        text += f"""  - id: clock_{name}
    then:
      - lambda: |-
{code["clock"]}  - id: drive_{name}
    then:
      - lambda: |-
{code["drive"]}      # What must outlive a power cut is in the flash before the relay is switched.
      - lambda: |-
{code["save"]}      - lambda: |-
{code["act"]}  - id: say_{name}
    then:
      - mqtt.publish:
          topic: {node.node}/timer/{name}/state
          retain: true
          payload: !lambda |-
{said}      - mqtt.publish:
          topic: {node.node}/switch/{name}/state
          retain: true
          payload: !lambda |-
              return id(relay_{name}).state ? "ON" : "OFF";
  # A second guard beside the rule: no pulse outlives this, whatever the rule says.
  - id: bound_{name}
    mode: restart
    then:
      - delay: {bound}ms
      - switch.turn_off: relay_{name}
"""
    return text


def _globals(names: Sequence[str]) -> str:
    text = "globals:\n  - id: connected_at\n    type: uint32_t\n    initial_value: '0'\n"
    for name in names:
        text += f"""  # Remaining ms (-1: none), number, fired, cutting, spent, lock, presses, fail.
  - id: kept_{name}
    type: int32_t[8]
    restore_value: true
    initial_value: '{{-1, 0, 0, 0, 0, 0, 0, 0}}'
  - id: saved_{name}
    type: int32_t[8]
    initial_value: '{{-1, 0, 0, 0, 0, 0, 0, 0}}'
  # Now, on since (-1: at rest), off since, due (-1), pulses (-1), flame (-1), its time, ready.
  - id: live_{name}
    type: int64_t[8]
    initial_value: '{{0, -1, 0, -1, -1, -1, 0, 0}}'
  - id: seen_{name}
    type: uint32_t
    initial_value: '0'
  - id: spent_{name}
    type: int64_t
    initial_value: '0'
  - id: told_{name}
    type: bool
    initial_value: 'false'
"""
    return text


def _relays(
    burners: Sequence[tuple[Burner, ChannelSettings]], light: ChannelSettings | None
) -> str:
    text = "switch:\n"
    for _, channel in burners:
        text += f"""  # Energised means cut; the contact in use is the normally closed one.
  - platform: gpio
    id: relay_{channel.channel}
    internal: true
    restore_mode: ALWAYS_OFF
    pin:
      number: {channel.pin}
      inverted: {str(channel.inverted).lower()}
    on_turn_on:
      - script.execute: bound_{channel.channel}
    on_turn_off:
      - script.stop: bound_{channel.channel}
"""
    if light is not None:
        text += f"""  - platform: gpio
    id: stove_light
    internal: true
    restore_mode: ALWAYS_OFF
    pin:
      number: {light.pin}
      inverted: {str(light.inverted).lower()}
"""
    return text


def _light(names: Sequence[str]) -> str:
    """Steady while the child lock is on, blinking in a cut."""
    locked = " || ".join(f"id(kept_{one})[5]" for one in names)
    cutting = " || ".join(f"id(kept_{one})[3]" for one in names)
    return f"""  - interval: 250ms
    then:
      - lambda: |-
          bool on = ({cutting}) ? (millis() / 250) % 2 : ({locked});
          if (on) id(stove_light).turn_on(); else id(stove_light).turn_off();
"""


def _flames(flames: Sequence[ChannelSettings], node: NodeSettings, settings: StoveSettings) -> str:
    text = "i2c:\n  sda: GPIO21\n  scl: GPIO22\n\nads1115:\n  - address: 0x48\n\nsensor:\n"
    relays = {one.name: one.relay for one in settings.burners}
    own = {one.name: one.channel for one in node.channels}
    for one in flames:
        name = own[relays[one.name.removeprefix("flame:")]]
        code = _indented(10, fill(RULES["flame"], name, settings))
        text += f"""  - platform: ads1115
    multiplexer: {one.pin}
    gain: 0.256
    name: {one.channel}
    unit_of_measurement: mV
    accuracy_decimals: 2
    update_interval: 1s
    filters:
      - multiply: 1000
    on_value:
      - lambda: |-
{code}"""
    return text


def _inputs(
    node: NodeSettings,
    button: ChannelSettings | None,
    contacts: Sequence[ChannelSettings],
    names: Sequence[str],
    settings: StoveSettings,
) -> str:
    text = "binary_sensor:\n" + "".join(contact_sensor(node, one) for one in contacts)
    if button is not None:
        code = "".join(_indented(10, fill(RULES["button"], one, settings)) for one in names)
        text += contact_sensor(node, button) + "    on_press:\n      - lambda: |-\n" + code
    return text


def _indented(indent: int, code: str) -> str:
    pad = " " * indent
    return "".join(f"{pad}{line}\n" if line else "\n" for line in code.strip("\n").split("\n"))
