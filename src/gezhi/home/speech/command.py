"""What a spoken command means: the answer, and the sentence that says it to people."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["REASONS", "Action", "Command"]


class Action(StrEnum):
    """What is to be done; there is none that lights."""

    OFF = "off"
    CANCEL = "cancel"
    EXTEND = "extend"
    STATUS = "status"
    REFUSE = "refuse"
    UNKNOWN = "unknown"


#: Why something is refused or unknown: English and Chinese.
REASONS: dict[str, tuple[str, str]] = {
    "lights": (
        "gas can only be turned off from here; a person lights it, at the stove",
        "这里只能关气，不能点火或开大；请到灶前用手操作",
    ),
    "empty": ("nothing was said", "没有听到内容"),
    "not-text": ("this is no readable text", "这不是可读的文字"),
    "too-long-text": ("this is too long for one command", "这句话太长，不像一条指令"),
    "not-understood": (
        'this was not understood as a whole; say it shorter, as "turn off the left burner in '
        'ten minutes"',
        "没有完全听懂；请说得简短些，例如“十分钟后关左边的灶”",
    ),
    "no-action": (
        'it was not said what to do; say "turn off", "cancel the timer" or "ten more minutes"',
        "没有说要做什么；请说“关火”“取消定时”或“再加十分钟”",
    ),
    "other-device": ("this is another device, not the stove", "说的是别的设备，不是灶具"),
    "vague-duration": (
        "the time is not clear; say how many minutes",
        "时间不明确；请说出几分钟",
    ),
    "no-duration": ("say how many minutes", "请说出多少分钟"),
    "zero-duration": ("the time must be longer than nothing", "时间必须大于零"),
    "long-duration": ("more than twelve hours is not accepted", "时间超过十二小时，不接受"),
    "clock-time": (
        "a time of day cannot be placed here; say in how many minutes",
        "这里无法确定钟点；请说多少分钟后",
    ),
    "condition": (
        "the stove does not know when that happens; say a number of minutes",
        "灶具不知道那是什么时候；请说多少分钟后",
    ),
    "negated": (
        'what must not happen is not a command; to drop a planned cut say "cancel the timer"',
        "不确定是否要取消；若要取消计划的关火，请说“取消定时”",
    ),
    "which-burner": ("say which burner", "请说明是哪个灶"),
    "unknown-burner": ("there is no burner of that name", "没有这个名字的灶"),
    "two-commands": ("say one command at a time", "请一次只说一条指令"),
    "flame-size": ("the flame cannot be set from here, only turned off", "这里不能调火力，只能关"),
    "question": ("it is not clear whether this is a question", "不清楚这是询问还是指令"),
    "timer-of-what": (
        'say what the timer is to do, as "turn off the stove in ten minutes"',
        "请说明定时做什么，例如“十分钟后关火”",
    ),
}


@dataclass(frozen=True, slots=True)
class Command:
    """What was understood.

    Args:
        action: what to do.
        burner: a burner's name, or "all", also where none is named.
        delay_seconds: until the cut, or what to add to a timer; 0 is now.
        reason: the code of why it is refused or unknown (``REASONS``); empty otherwise.
        language: "en" or "zh", in which people are answered.

    >>> command = Command(Action.OFF, "left", 600)
    >>> command.record()
    {'action': 'off', 'burner': 'left', 'delay_seconds': 600}
    >>> command.sentence(), command.sentence("zh")
    ('Turn off the left burner in 10 minutes.', '10 分钟后关闭左灶。')
    """

    action: Action
    burner: str = "all"
    delay_seconds: int = 0
    reason: str = ""
    language: str = "en"

    @property
    def is_executable(self) -> bool:
        """Whether it changes something in the house."""
        return self.action in (Action.OFF, Action.CANCEL, Action.EXTEND)

    def record(self) -> dict[str, str | int]:
        """The stable object of ``gezhi home stove say --json``: exactly these three keys."""
        return {
            "action": self.action.value,
            "burner": self.burner,
            "delay_seconds": self.delay_seconds,
        }

    def sentence(self, language: str = "") -> str:
        """One sentence that says what was understood, or why not; in the utterance's language."""
        chinese = (language or self.language) == "zh"
        if self.reason:
            said = REASONS[self.reason][chinese]
            head = (
                ("Refused", "拒绝") if self.action is Action.REFUSE else ("Nothing done", "未执行")
            )
            return f"{head[1]}：{said}。" if chinese else f"{head[0]}: {said}."
        return _chinese(self) if chinese else _english(self)


def _english(command: Command) -> str:
    where = "all burners" if command.burner == "all" else f"the {command.burner} burner"
    time = _spoken(command.delay_seconds, (" hour", " minute", " second"), plural="s", joint=" ")
    return {
        Action.OFF: f"Turn off {where} {f'in {time}' if command.delay_seconds else 'now'}.",
        Action.CANCEL: f"Cancel the timers of {where}.",
        Action.EXTEND: f"Add {time} to the timers of {where}.",
    }.get(command.action, f"Say how {where} stand{'' if command.burner == 'all' else 's'}.")


_CHINESE_NAMES = {
    "all": "全部灶", "left": "左灶", "right": "右灶", "front": "前灶", "back": "后灶",
    "middle": "中间灶", "big": "大灶", "small": "小灶",
}  # fmt: skip


def _chinese(command: Command) -> str:
    where = _CHINESE_NAMES.get(command.burner, f"“{command.burner}”灶")
    time = _spoken(command.delay_seconds, (" 小时", " 分钟", " 秒"), joint=" ")
    return {
        Action.OFF: f"{f'{time}后' if command.delay_seconds else '现在'}关闭{where}。",
        Action.CANCEL: f"取消{where}的定时。",
        Action.EXTEND: f"{where}的定时延长 {time}。",
    }.get(command.action, f"报告{where}的状态。")


def _spoken(seconds: int, units: tuple[str, ...], *, plural: str = "", joint: str = " ") -> str:
    parts = []
    for size, unit in zip((3600, 60, 1), units, strict=True):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}{plural if count > 1 else ''}")
    return joint.join(parts)
