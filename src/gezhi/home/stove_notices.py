"""What the stove's notices say to people, in English and Chinese.

>>> from gezhi.home.types import Notice
>>> sentence(Notice("planned", "left", 1230.0))
'left: will be turned off in 20 min 30 s'
>>> sentence(Notice("flame-after-cut", "left"), "zh")
'left：断开之后仍有火焰，请立即到灶前用手关火，并检查继电器与接线'
"""

import math

from gezhi.home.types import Notice

__all__ = ["SENTENCES", "sentence"]

#: For each code, English and Chinese; {subject} is a burner or what was named, {value} a time, or
#: a voltage.
SENTENCES: dict[str, tuple[str, str]] = {
    "planned": ("{subject}: will be turned off in {value}", "{subject}：{value}后关闭"),
    "extended": ("{subject}: {value} more", "{subject}：延长 {value}"),
    "cancelled": ("{subject}: nothing is planned any more", "{subject}：已取消定时"),
    "cutting": ("{subject}: is being turned off", "{subject}：正在关闭"),
    "cut-done": ("{subject}: turned off, the flame is out", "{subject}：已关闭，火已灭"),
    "cut-unseen": (
        "{subject}: turned off; whether the flame is out was not seen",
        "{subject}：已断开；火灭了没有，没有传感器看到",
    ),
    "cut-waits": (
        "{subject}: cannot be turned off from here now; its node does what was planned, and it is "
        "done as soon as the way is there again",
        "{subject}：现在联系不到节点，关不了；已计划的由节点执行，联系恢复后立即关闭",
    ),
    "cut-by-node": (
        "{subject}: its own node has turned it off meanwhile",
        "{subject}：节点已在此期间自行关闭",
    ),
    "due-timer": ("{subject}: the time is up", "{subject}：时间到"),
    "due-limit": ("{subject}: has burned as long as it may", "{subject}：已到最长燃烧时间"),
    "due-presence": (
        "{subject}: nobody has been near for long, so it is turned off",
        "{subject}：灶边久无人，关闭",
    ),
    "burn-warning": (
        "{subject}: will be turned off in {value}, for it has burned long; extend it if you are "
        "there",
        "{subject}：燃烧已久，{value}后将关闭；若有人照看，请延长",
    ),
    "late": (
        "{subject}: what was planned comes {value} late, for nobody could do it earlier",
        "{subject}：计划的关闭晚了 {value}，之前无法执行",
    ),
    "resumed": ("{subject}: goes on after a restart", "{subject}：重启后继续"),
    "plan-adopted": (
        "{subject}: its node knew a plan, off in {value}; it is kept",
        "{subject}：节点记得一个计划，{value}后关闭，予以保留",
    ),
    "clock-jump": (
        "the clock jumped by {value}; what was being cut is cut again",
        "时钟跳了 {value}；正在断开的重新断开",
    ),
    "flame-on": ("{subject}: a flame burns", "{subject}：有火了"),
    "flame-out": ("{subject}: the flame is out after {value}", "{subject}：火灭了，烧了 {value}"),
    "flame-stale": (
        "{subject}: its sensor is silent, so the flame is unknown",
        "{subject}：传感器无读数，火焰情况未知",
    ),
    "flame-absurd": (
        "{subject}: its sensor says what cannot be, so the flame is unknown",
        "{subject}：传感器读数不合理，火焰情况未知",
    ),
    "cannot-hold": (
        "{subject}: the thermocouple gives only {value}, hardly enough to hold the flame; clean "
        "its tip and the contacts",
        "{subject}：热电偶只有 {value}，难以维持火焰；请清洁热电偶头和各触点",
    ),
    "locked": ("the child lock is on: every flame is cut", "童锁已开：一有火就断开"),
    "unlocked": ("the child lock is off", "童锁已关"),
    "unlocked-at-stove": (
        "the child lock was switched off at the stove",
        "有人在灶前关掉了童锁",
    ),
    "lock-blind": (
        "{subject}: has no flame sensor, so the child lock cannot watch it",
        "{subject}：没有火焰传感器，童锁管不到",
    ),
    "alarm-smoke": ("the smoke alarm sounds: all is turned off", "烟雾报警：全部关闭"),
    "alarm-gas": ("the gas alarm sounds: all is turned off", "燃气报警：全部关闭"),
    "alarm-hood": (
        "the hood's sensor asks for it: all is turned off",
        "油烟机传感器要求：全部关闭",
    ),
    "flame-after-cut": (
        "{subject}: a flame burns after the cut; turn it off by hand now, and look at relay and "
        "wiring",
        "{subject}：断开之后仍有火焰，请立即到灶前用手关火，并检查继电器与接线",
    ),
    "relay-silent": (
        "{subject}: the relay did not say that it cut; go and look whether it burns",
        "{subject}：继电器没有报告断开；请去看火灭了没有",
    ),
    "relay-stuck": (
        "{subject}: the relay stays energised, so the burner cannot be lit; look at it",
        "{subject}：继电器一直吸合，点不着火；请检查",
    ),
    "fault-reset": ("{subject}: the fault has been looked after", "{subject}：故障已处理"),
    "refused-retained": (
        "{subject}: refused, the broker had kept this message from earlier",
        "{subject}：拒绝，这是消息服务器保留的旧消息",
    ),
    "refused-duplicate": (
        "{subject}: refused, this message came before",
        "{subject}：拒绝，消息重复",
    ),
    "refused-late": (
        "{subject}: refused, this message is too old, or its clock is wrong",
        "{subject}：拒绝，消息过期或时间不对",
    ),
    "refused-unknown": (
        "{subject}: refused, there is nothing of that name",
        "{subject}：拒绝，没有这个名称",
    ),
    "refused-absurd": (
        "{subject}: refused, that is no time, or too long a time",
        "{subject}：拒绝，时间不合理",
    ),
    "refused-full": ("{subject}: refused, it has too many timers", "{subject}：拒绝，定时太多"),
    "refused-nothing": (
        "{subject}: refused, there is nothing that could be changed",
        "{subject}：拒绝，没有可更改的定时",
    ),
    "refused-blind": (
        "refused, the child lock needs a flame sensor and there is none",
        "拒绝，童锁需要火焰传感器，这里没有",
    ),
}

_UNITS = ((3600, "h", "小时"), (60, "min", "分钟"), (1, "s", "秒"))


def sentence(notice: Notice, language: str = "en") -> str:
    """Say a notice in "en" or "zh"; an unknown code is said as it is.

    >>> sentence(Notice("cannot-hold", "left", 12.5))
    'left: the thermocouple gives only 12.5 mV, hardly enough to hold the flame; clean its tip ...'
    """
    chinese = language == "zh"
    pair = SENTENCES.get(notice.code, ("{subject}: " + notice.code, "{subject}：" + notice.code))
    value = ""
    if notice.value is not None:
        volts = notice.code == "cannot-hold"
        value = f"{notice.value:.1f} mV" if volts else _time(notice.value, chinese=chinese)
    said = pair[chinese].format(subject=notice.subject, value=value)
    return said.removeprefix(": ").removeprefix("：")


def _time(seconds: float, *, chinese: bool) -> str:
    if not math.isfinite(seconds):
        return "?"
    left, parts = round(abs(seconds)), []
    for size, english, name in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name if chinese else english}")
    return " ".join(parts) or ("0 秒" if chinese else "0 s")
