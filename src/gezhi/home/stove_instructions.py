"""How to set up the stove in a home that runs only in a vendor's app, as Markdown to follow.

A relay on its normally closed contact shows "on" while it cuts, so "turn off the stove in ten
minutes" would do the opposite. The way out is a pair of channels a burner: the real one, hidden,
and one with nothing wired to it that people see. Switching the visible one off starts an
automation that switches the real one on for a pulse. Nothing listens to the visible one going on.
"""

from __future__ import annotations

from collections.abc import Sequence

from gezhi.errors import ParameterError

__all__ = ["LANGUAGES", "instructions"]

#: The languages that there are instructions in.
LANGUAGES = ("en", "zh")
_MOST_BURNERS = 4


def instructions(
    burners: Sequence[str] = ("left", "right"),
    *,
    pulse_seconds: float = 10.0,
    bound_seconds: float = 60.0,
    language: str = "en",
) -> str:
    """Give the steps as Markdown.

    Args:
        burners: their names, as people say them; one to four.
        pulse_seconds: how long a cut lasts.
        bound_seconds: the longest that a relay may ever stay energised.
        language: "en" or "zh".

    Raises:
        ParameterError: there is no such language, or the burners are none or too many.

    >>> print(instructions().splitlines()[0])
    # The stove in a vendor's app: two visible channels that mirror the real ones
    >>> "channel 3 is switched off" in instructions()
    True
    """
    if language not in LANGUAGES:
        raise ParameterError(f"language is {language!r}; en or zh would be right")
    if not 1 <= len(burners) <= _MOST_BURNERS:
        raise ParameterError(
            f"{len(burners)} burners; 1 to {_MOST_BURNERS} would be right, since each needs two "
            "channels of a switch"
        )
    count = len(burners)
    pairs = [(number, number + count, name) for number, name in enumerate(burners, 1)]
    page, row, rule = _PAGES[language]
    fill = {
        "pulse": f"{pulse_seconds:g}",
        "bound": f"{bound_seconds:g}",
        "channels": str(2 * count),
        "real": _numbers([one[0] for one in pairs], language),
        "shown": _numbers([one[1] for one in pairs], language),
        "first": pairs[0][2],
    }
    rows = "\n".join(row.format(real=r, shown=s, name=n.replace("|", "/")) for r, s, n in pairs)
    rules = "\n".join(rule.format(real=r, shown=s, name=n, **_seconds(fill)) for r, s, n in pairs)
    return page.format(rows=rows, rules=rules, **fill)


def _numbers(numbers: Sequence[int], language: str) -> str:
    if len(numbers) == 1:
        return str(numbers[0])
    comma, joint = (", ", " and ") if language == "en" else ("、", " 和 ")
    return comma.join(map(str, numbers[:-1])) + joint + str(numbers[-1])


def _seconds(fill: dict[str, str]) -> dict[str, str]:
    return {key: fill[key] for key in ("pulse", "bound")}


_ENGLISH = """\
# The stove in a vendor's app: two visible channels that mirror the real ones

This is a home-made modification and not a certified safety device. EN 125, EN 298 and GB 16410
apply to the untouched valve. It can turn gas off; it can never turn it on. Watch your stove.

You need a dry-contact relay module of {channels} channels that your app knows. Channels {real} are
wired, each with its **normally closed** contact in series with a thermocouple. Channels {shown}
have nothing wired to them; they are what people see and speak to.

| channel | name in the app | wired | shown in app and voice |
|---|---|---|---|
{rows}

"On" on a visible channel means "a hand may light it", not "it burns".

## Set up once

1. Channels {real}: set the module's own inching (jog, auto-off) mode to {pulse} s. The module then
   ends the cut by itself when app and network are gone. A module that has no such mode is not fit:
   its relay could stay energised, and the stove could not be used.
2. Channels {real}: after a power loss **off**. Channels {shown}: after a power loss **on**.
3. Hide channels {real} from the home page, from guests and from the voice assistant.
4. Switch channels {shown} on.

## Automations

{rules}

Make no automation that is started by channels {shown} going **on**. There is nothing to do then:
only a hand that presses and turns the knob can open the gas.

## Try it, with a hand at the knob

- Light the burner {first}, switch its visible channel off: the flame is out within {pulse} s, and
  the channel shows on again.
- Light it again by hand at once. It must light; if it does not, look at the contact.
- Say "turn off the stove in one minute" and wait.
- Pull the module's plug while the stove burns: it must go on burning.
- Switch the router off and say it again. What happens now is what your app does without its cloud.

## What this way cannot do

- A timer lives where your app keeps it, mostly in its maker's cloud. Without the network, or after
  a power cut, a planned cut may be left undone. The bridge with its own node keeps it in both.
- Nobody sees whether the flame went out. With a thermocouple sensor on the node the bridge does.
- Without app and network nothing but the inching mode of step 1 ends a cut. Check it twice a year.
"""

_CHINESE = """\
# 只用厂商 App 的家庭：用两个看得见的通道映射真实通道

这是自制改装，不是经过认证的安全装置。EN 125、EN 298、GB 16410 只适用于未改动的阀门。
它能关气，永远不能开气。用火时请有人看管。

需要一个 App 支持的 {channels} 路干接点继电器。通道 {real} 接线：
各自的**常闭**触点串入一个热电偶回路。
通道 {shown} 不接任何线，是人看得见、说得到的通道。

| 通道 | App 里的名字 | 接线 | 在 App 和语音里显示 |
|---|---|---|---|
{rows}

看得见的通道显示“开”，意思是“可以用手点火”，不是“正在燃烧”。

## 一次设置

1. 通道 {real}：把模块自带的点动（自动断开）时间设为 {pulse} 秒。
   这样 App 和网络都不在时，模块也会自己结束切断。
   没有点动功能的模块不合适：继电器可能一直吸合，灶就不能用了。
2. 通道 {real}：断电恢复后为**关**；通道 {shown}：断电恢复后为**开**。
3. 在首页、访客和语音助手中隐藏通道 {real}。
4. 打开通道 {shown}。

## 自动化

{rules}

不要建立任何由通道 {shown} **打开**触发的自动化。打开时什么也不用做：
只有用手按下并旋转旋钮才能开气。

## 手放在旋钮上试一遍

- 点燃 {first}，关闭对应的看得见的通道：{pulse} 秒内熄火，通道重新显示“开”。
- 马上用手再点火。必须点得着；点不着就检查触点。
- 说“一分钟后关闭燃气灶”，等待。
- 燃烧时拔掉模块的电源：火必须继续燃烧。
- 关掉路由器再说一遍。此时发生的，就是你的 App 在没有云的时候会做的。

## 这种办法做不到的

- 定时存在 App 存放的地方，多半在厂商的云里。没有网络或停电之后，定好的关火可能不会执行。
  网桥加自己的节点则两处都存。
- 没有东西能看到火是否真的熄了。节点上装热电偶传感器后，网桥可以看到。
- 没有 App 和网络时，只有第 1 步的点动功能会结束切断。请每年检查两次。
"""

_PAGES = {
    "en": (
        _ENGLISH,
        "| {real} | {name} (cut) | normally closed, in series with the thermocouple | no |\n"
        "| {shown} | {name} | nothing | yes |",
        "- **When channel {shown} is switched off** ({name}): switch channel {real} on; after "
        "{pulse} s\n  switch channel {real} off; then switch channel {shown} on.\n"
        "- **When channel {real} has been on for {bound} s**: switch channel {real} off.",
    ),
    "zh": (
        _CHINESE,
        "| {real} | {name}（切断） | 常闭触点，与热电偶串联 | 否 |\n"
        "| {shown} | {name} | 不接 | 是 |",
        "- **当通道 {shown} 关闭时**（{name}）：打开通道 {real}；{pulse} 秒后关闭通道 {real}；"
        "再打开通道 {shown}。\n"
        "- **当通道 {real} 打开超过 {bound} 秒时**：关闭通道 {real}。",
    ),
}
