"""What the controllers' notices say to people, in English and Chinese.

>>> from gezhi.home.types import Notice
>>> sentence(Notice("no-flow", "kitchen"))
'kitchen: no water moved, so all is off; look at the pump, the valves and the filter'
>>> sentence(Notice("cold-too-warm", "kitchen", 36.5), "zh")
'kitchen：冷水管已到 36.5，全部关闭'
"""

from gezhi.home.types import Notice

__all__ = ["SENTENCES", "sentence"]

#: For each code, English and Chinese; {subject} is a tap, sensor or relay, {value} a number.
SENTENCES: dict[str, tuple[str, str]] = {
    "warm": ("{subject}: hot water is there", "{subject}：热水到了"),
    "volume": (
        "{subject}: the pipe's whole volume has passed, so hot water must be there",
        "{subject}：整段管子的水已换过，热水应已到",
    ),
    "litre-cap": ("{subject}: the litres allowed have run off", "{subject}：允许放掉的水已放完"),
    "time-limit": (
        "{subject}: the time limit came before hot water; look whether the heater lights",
        "{subject}：到时限仍未热，已停；请看热水器是否点火",
    ),
    "exercised": (
        "{subject}: moved for a moment so that nothing seizes",
        "{subject}：短暂运转以防卡死",
    ),
    "node-shut": ("{subject}: the valve's own node has shut it", "{subject}：阀门节点已自行关阀"),
    "node-limit": (
        "{subject}: the node's own time limit came first; look at the network",
        "{subject}：节点自身的时限先到；请检查网络",
    ),
    "no-flow": (
        "{subject}: no water moved, so all is off; look at the pump, the valves and the filter",
        "{subject}：没有水流，全部关闭；请检查水泵、阀门和滤网",
    ),
    "still-flowing": (
        "{subject}: water still flows after closing; a tap is open, or the valve leaks",
        "{subject}：关阀后仍有水流；有龙头开着，或阀门漏水",
    ),
    "below-ignition": (
        "{subject}: only {value} L/min moves, too little for the heater to light",
        "{subject}：流量仅 {value} 升/分，不足以让热水器点火",
    ),
    "cold-too-warm": (
        "{subject}: the cold line is at {value}, so all is off",
        "{subject}：冷水管已到 {value}，全部关闭",
    ),
    "sensor-absurd": (
        "{subject}: this sensor says what cannot be, so nothing runs on its word",
        "{subject}：传感器读数不合理，不据此运行",
    ),
    "sensor-stale": (
        "{subject}: this sensor has not spoken lately, so nothing runs without it",
        "{subject}：传感器久无读数，不运行",
    ),
    "sensor-frozen": (
        "{subject}: this sensor stood still while water moved, and counts again when it changes",
        "{subject}：水在流而读数不变，待其变化后才再采用",
    ),
    "relay-disagrees": (
        "{subject}: the relay reads otherwise than commanded, so all is off",
        "{subject}：继电器状态与指令不符，全部关闭",
    ),
    "relay-silent": (
        "{subject}: the relay does not say how it stands, so all is off",
        "{subject}：继电器没有回报状态，全部关闭",
    ),
    "relay-stuck": (
        "{subject}: the relay is still on; cut its power by hand",
        "{subject}：继电器仍闭合；请用手断电",
    ),
    "fault-cleared": ("the fault is over", "故障已解除"),
    "stopped": ("{subject}: stopped", "{subject}：已停止"),
    "left-home": ("{subject}: stopped, for nobody is home", "{subject}：家中无人，已停止"),
    "link-lost": (
        "{subject}: the link to the nodes is lost, so all is off",
        "{subject}：与节点失去联系，全部关闭",
    ),
    "clock-jump": ("{subject}: the clock jumped, so all is off", "{subject}：时钟跳变，全部关闭"),
    "restarted": (
        "{subject}: the hub was restarted, so all is off",
        "{subject}：主机重启过，全部关闭",
    ),
    "waiting": (
        "{subject}: starts when the pause or the other tap is done",
        "{subject}：待间歇或另一处完成后开始",
    ),
    "already-running": ("{subject}: is running already", "{subject}：已在运行"),
    "already-warm": ("{subject}: is warm already", "{subject}：已经是热的"),
    "hot-beyond": (
        "{subject}: not now, hot water may stand beyond the probe and would get into the cold pipe",
        "{subject}：暂不启动，探头与龙头之间可能还有热水，会进入冷水管",
    ),
    "refused-retained": (
        "{subject}: refused, a stored message is not a wish",
        "{subject}：拒绝，保留消息不算请求",
    ),
    "refused-duplicate": (
        "{subject}: refused, the same request came before",
        "{subject}：拒绝，重复的请求",
    ),
    "refused-late": (
        "{subject}: refused, the request is too old or from the future",
        "{subject}：拒绝，请求过期或时间不对",
    ),
    "refused-unknown": (
        "{subject}: refused, there is no such tap",
        "{subject}：拒绝，没有这个用水点",
    ),
    "refused-fault": (
        "{subject}: refused while a relay is at fault",
        "{subject}：继电器故障期间拒绝",
    ),
    "refused-busy": ("{subject}: refused, another tap is served", "{subject}：拒绝，正在供另一处"),
    "refused-soon": (
        "{subject}: refused, it ran a short while ago",
        "{subject}：拒绝，刚刚运行过",
    ),
    "refused-absent": ("{subject}: refused, nobody is home", "{subject}：拒绝，家中无人"),
    "refused-link": (
        "{subject}: refused, the nodes cannot be reached",
        "{subject}：拒绝，联系不到节点",
    ),
}


def sentence(notice: Notice, language: str = "en") -> str:
    """Say a notice in "en" or "zh"; an unknown code is said as it is."""
    pair = SENTENCES.get(notice.code, ("{subject}: " + notice.code,) * 2)
    value = "" if notice.value is None else f"{notice.value:.3g}"
    said = pair[language == "zh"].format(subject=notice.subject, value=value)
    return said.removeprefix(": ").removeprefix("：")
