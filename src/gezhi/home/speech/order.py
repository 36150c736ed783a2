"""In which order the words of a command stand: is it one command, and what is its duration for?

>>> from gezhi.home.speech.amounts import amounts
>>> from gezhi.home.speech.lexicon import tokens
>>> extends(Sentence(amounts(tokens("ten more minutes"))))
True
>>> misplaces_amount(Sentence(amounts(tokens("turn it off for ten minutes"))))
True
"""

from gezhi.home.speech.kinds import Kind
from gezhi.home.speech.sentence import LAST, OBJECTS, SHUTTING, Sentence

__all__ = [
    "adds_after_off",
    "changes_timer",
    "counts_what_is_cancelled",
    "dismisses",
    "drops_a_plan",
    "ends_before",
    "extends",
    "has_loose_numbers",
    "lacks_object",
    "misplaces_amount",
    "names_by_length",
    "needs_another",
    "parts_burners",
    "parts_commands",
    "repeats_off",
    "says_what_the_timer_does",
    "sets_burner",
    "sets_up",
    "shuts_timer",
    "waits_first",
]

_NEVER_MIND = ("算", "never", "forget", "scratch", "免")
_WISHES = frozenset(
    {"make sure", "make sure that", "ensure", "ensure that", "be sure", "i want", "i'd like",
     "have", "want", "make", "i need", "we need", "need", "needs", "it needs"}
)  # fmt: skip
_NEEDED = frozenset({"need", "needs", "i need", "we need", "it needs", "use", "want", "using"})
_THEN = ("then", "and then", "然后", "接着", "随后", "紧接着", "afterwards")
_FIRE = "火灶炉气熄关闩灭"


def has_loose_numbers(said: Sentence) -> bool:
    """Numbers and units that make no duration and count no burners."""
    for at, one in enumerate(said.words):
        before, after = said.before(at), said.after(at)
        if one.kind in (Kind.UNIT, Kind.HALF, Kind.QUARTER, Kind.CLOCK, Kind.DAYTIME):
            return True
        if one.kind in (Kind.OCLOCK, Kind.PAST, Kind.POINT):
            return True
        if one.kind in (Kind.TO, Kind.FOR, Kind.BY, Kind.AT) and after is None:
            return True
        if one.kind == Kind.OF and (after is None or after.kind not in (*OBJECTS, Kind.TIMER)):
            return True
        if one.kind == Kind.ARTICLE and (
            after is None or after.kind not in (Kind.AMOUNT, Kind.TIMER, Kind.OFF)
        ):
            return True
        if one.kind == Kind.NUMBER:
            noun = one.text == "one" and before is not None and before.kind == Kind.PLACE
            counts = after is not None and after.kind in (
                Kind.PIECE,
                Kind.STOVE,
                Kind.PLURAL,
            )
            if not (noun or counts):
                return True
        if one.kind == Kind.PIECE and (before is None or before.kind == Kind.AMOUNT):
            return True
    return False


def parts_commands(said: Sentence) -> bool:
    """Whether "and" or "then" joins more than burners."""
    for at, one in enumerate(said.words):
        if one.kind == Kind.AND and not _joins_burners(said, at):
            return True
        divided = one.kind == Kind.COMMA and said.has(Kind.CANCEL, Kind.TIMER)
        if divided and _both_sides(said, at):
            return True
    return False


def _joins_burners(said: Sentence, at: int) -> bool:
    before, after = said.before(at), said.after(at)
    ends = (*OBJECTS, Kind.NUMBER)
    return said.words[at].text not in _THEN and (
        before is not None
        and after is not None
        and before.kind in ends
        and after.kind in (*ends, Kind.OBJECT)
    )


def _both_sides(said: Sentence, at: int) -> bool:
    acts = (*SHUTTING, Kind.CANCEL, Kind.DROP, Kind.STOP, Kind.SET)
    return any(one.kind in acts for one in said.words[:at]) and any(
        one.kind in acts for one in said.words[at:]
    )


def adds_after_off(said: Sentence) -> bool:
    """火关了，右边再给五分钟: off, and then more time?"""
    amount, shut = said.first(Kind.AMOUNT), said.first(*SHUTTING)
    before = said.before(amount) if amount < LAST else None
    comma = any(one.kind == Kind.COMMA for one in said.words[shut:amount])
    return shut < amount < LAST and comma and before is not None and before.kind == Kind.MORE


def needs_another(said: Sentence) -> bool:
    """ "I only need the right one, turn off the left": they are no enumeration."""
    places = {one.value for one in said.words if one.kind in (Kind.PLACE, Kind.NAME)}
    if any(_is_needed(said, at) for at in range(len(said.words))):
        return True
    used = said.has(Kind.KEEP) or any(one.text in _NEEDED for one in said.words)
    return len(places) > 1 and used and any(one.kind == Kind.COMMA for one in said.words)


def _is_needed(said: Sentence, at: int) -> bool:
    """ "I only need the right one now": that one is not to be off; "I need the right one off"."""
    if said.words[at].text not in _NEEDED or not said.has(*SHUTTING):
        return False
    after = said.after(at)
    if after is None or after.kind not in (Kind.PLACE, Kind.NAME):
        return False
    rest = said.words[said.words.index(after) + 1 :]
    skipped = (Kind.STOVE, Kind.FILLER, Kind.NOW, Kind.TURN)
    follows = next((one for one in rest if one.kind not in skipped), None)
    return follows is None or follows.kind not in SHUTTING


def parts_burners(said: Sentence) -> bool:
    """Burners named on both sides of the verb or the time: which one is at which time?"""
    places = [at for at, one in enumerate(said.words) if one.kind in (Kind.PLACE, Kind.NAME)]
    if len(places) < 2:
        return False
    between = said.words[places[0] : places[-1]]
    return any(one.kind in (Kind.AMOUNT, Kind.MOMENT, *SHUTTING) for one in between)


def repeats_off(said: Sentence) -> bool:
    """ "Turn off the left and turn off the right": one command, said twice."""
    return said.number(*SHUTTING) > 1 and not said.has(Kind.SET, Kind.STOP, Kind.TIMER)


def waits_first(said: Sentence) -> bool:
    """ "Wait ten minutes and then turn it off": one command."""
    amount, shut = said.first(Kind.AMOUNT), said.first(*SHUTTING, Kind.STOP)
    joints = [
        at
        for at, one in enumerate(said.words)
        if one.kind == Kind.AND and not _joins_burners(said, at)
    ]
    return len(joints) == 1 and amount < joints[0] < shut and amount < LAST


def misplaces_amount(said: Sentence) -> bool:
    """Durations that are no delay: "off for ten minutes", 关火十分钟."""
    at = said.first(Kind.AMOUNT, Kind.MOMENT)
    shut = said.first(*SHUTTING, Kind.STOP)
    before, after = said.before(at), said.after(at)
    governed = before.kind if before else None
    followed = after.kind if after else None
    named = said.has(Kind.TURN, Kind.OFF, Kind.STOP, *OBJECTS)
    if not named and governed != Kind.IN and followed not in (Kind.LATER, Kind.AND):
        return True  # "ten minutes off" is a rest
    if said.words[at].kind == Kind.MOMENT:
        vague = governed in (Kind.IN, Kind.FOR, Kind.BY) and said.words[at - 1].text != "等到"
        return vague or said.has(Kind.LATER, Kind.FOR, Kind.MORE, Kind.KEEP)
    delayed = followed in (Kind.LATER, Kind.MORE) or governed in (Kind.IN, Kind.MORE)
    if governed in (Kind.BY, Kind.TO, Kind.AT) and not (delayed and governed == Kind.AT):
        return True
    if governed == Kind.FOR and not (said.has(Kind.KEEP) and at < shut):
        return True
    if said.has(Kind.KEEP) and at > shut:
        return True
    longer = any(
        one.kind == Kind.MORE and one.text.startswith(("多", "再多")) for one in said.words
    )
    chinese = not said.words[shut].text.isascii() if shut < LAST else False
    return longer or (chinese and at > shut and not delayed)


def extends(said: Sentence) -> bool:
    """Whether it adds time to what is planned."""
    if not said.has(Kind.AMOUNT):
        return False
    at, shut = said.first(Kind.AMOUNT), said.first(*SHUTTING)
    before, after = said.before(at), said.after(at)
    adds = said.has(Kind.ADD, Kind.POSTPONE, Kind.MORE)
    if not adds or parts_commands(said) or said.has(Kind.NOW, Kind.CANCEL, Kind.DROP):
        return False
    if before is not None and before.kind in (Kind.TO, Kind.IN):
        return False
    if said.first(Kind.ADD, Kind.POSTPONE, Kind.MORE, Kind.KEEP) > at and (
        after is None or after.kind != Kind.MORE
    ):
        return False
    if after is not None and after.kind == Kind.LATER:
        return False
    if after is not None and after.kind == Kind.TIMER:
        return False  # "add a ten minute timer" is another one
    sets = said.has(Kind.SET) and not said.has(Kind.MORE)
    if (sets or said.has(Kind.MOMENT, Kind.STOP)) and not said.has(Kind.TIMER):
        return False
    return shut == LAST or _moves_the_cut(said, at, shut)


def _moves_the_cut(said: Sentence, amount: int, shut: int) -> bool:
    """ "Delay turning off by ten minutes", 推迟十分钟关火; a plain "add" is not that."""
    if said.number(*SHUTTING) > 1 or said.has(Kind.KEEP, Kind.MORE):
        return False
    moved = said.first(Kind.POSTPONE)
    if moved < LAST:
        named = said.words[shut].kind == Kind.OFF or said.has(Kind.TURN)
        return named and (moved < shut or not said.words[shut].text.isascii())
    return any(one.kind == Kind.ADD and one.text.startswith("延长") for one in said.words)


def sets_burner(said: Sentence) -> bool:
    """左边定个二十分钟: a burner that has a time can only be turned off then."""
    kinds = [one.kind for one in said.words if one.kind != Kind.FILLER]
    sets = any(one.kind == Kind.SET and one.text[0] == "定" for one in said.words)
    return sets and kinds in (
        [Kind.PLACE, Kind.SET, Kind.AMOUNT],
        [Kind.PLACE, Kind.STOVE, Kind.SET, Kind.AMOUNT],
        [Kind.STOVE, Kind.SET, Kind.AMOUNT],
    )


def sets_up(said: Sentence) -> bool:
    """ "Set", 设置: something that is to happen later; "I want it off" is now."""
    return any(one.kind == Kind.SET and one.text not in _WISHES for one in said.words)


def shuts_timer(said: Sentence) -> bool:
    """ "Turn off the timer": the timer is what is turned off."""
    if not said.has(*SHUTTING):
        return False
    shut, timer = said.first(*SHUTTING), said.first(Kind.TIMER)
    text = said.words[timer].text
    amount = said.first(Kind.AMOUNT)
    bare = not any(one in said.words[shut].text for one in "火灶炉气")
    owned = timer > 0 and said.words[timer - 1].text == "的"
    if owned and bare and timer < shut:
        return True
    if amount < LAST and (said.has(Kind.IN, Kind.LATER, Kind.SET, Kind.BY, Kind.FOR)):
        return False
    if shut < timer:
        if any(one in text for one in ("关", "熄")) and amount < LAST:
            return False
        return amount == LAST or shut < amount < timer
    if amount < LAST:
        return False
    if said.words[shut].text.isascii():
        return said.words[shut].kind == Kind.OFFWARD
    whole = text.endswith(("器", "计时", "倒计时", "任务", "计划", "的", "定时关火"))
    of_a_burner = any(one.kind == Kind.PLACE and one.text[-1] == "的" for one in said.words)
    return bare and (said.has(Kind.OBJECT) or whole or of_a_burner)


def changes_timer(said: Sentence) -> bool:
    """ "Change it to ten minutes" replaces a timer, which no command here does."""
    at = said.first(Kind.AMOUNT)
    before = said.before(at) if at < LAST else None
    to = before is not None and before.kind == Kind.TO
    return to and not (before is not None and before.text == "to" and said.has(Kind.SET))


def says_what_the_timer_does(said: Sentence) -> bool:
    """Whether the stove or turning off is named beside the timer."""
    text = "".join(one.text for one in said.words if one.kind == Kind.TIMER)
    if said.has(*SHUTTING):
        return not _shuts_before_timer_without_reason(said)
    named = said.has(Kind.STOVE, Kind.PLACE, Kind.NAME, Kind.PLURAL)
    return named or any(one in text for one in (*_FIRE, "off", "shut", "stove", "cook"))


def _shuts_before_timer_without_reason(said: Sentence) -> bool:
    shut, timer = said.first(*SHUTTING), said.first(Kind.TIMER)
    amount = said.first(Kind.AMOUNT)
    if shut > timer or said.has(Kind.SET, Kind.BY):
        return False
    return timer < amount or said.has(Kind.IN)


def counts_what_is_cancelled(said: Sentence) -> bool:
    """ "Cancel the ten minute timer", 取消十分钟后关火; but not "cancel it in ten minutes"."""
    cancel, amount = said.first(Kind.CANCEL), said.first(Kind.AMOUNT)
    timer, shut = said.first(Kind.TIMER), said.first(*SHUTTING)
    if said.stands_before(Kind.AMOUNT, Kind.TIMER):
        return not said.has(Kind.IN, Kind.LATER)
    if cancel > amount:
        return False
    return shut < LAST or (amount < timer < LAST and not said.has(Kind.IN))


def names_by_length(said: Sentence) -> bool:
    """那个十分钟的定时: the one duration only says which timer."""
    once = said.number(Kind.AMOUNT) == 1 and said.stands_before(Kind.AMOUNT, Kind.TIMER)
    return once and not said.has(Kind.IN, Kind.LATER, Kind.SET, *SHUTTING)


def lacks_object(said: Sentence) -> bool:
    """ "I want off", "turn out": nothing that could be turned off is named."""
    named = said.has(*OBJECTS)
    out = any(one.kind == Kind.OFFWARD and one.text == "out" for one in said.words)
    wishes = not said.has(Kind.OFF, Kind.TURN) and said.has(Kind.SET, Kind.KEEP, Kind.MORE)
    return (wishes and not named) or (out and not said.has(Kind.STOVE, Kind.PLACE, Kind.NAME))


def drops_a_plan(said: Sentence) -> bool:
    """十分钟后关火取消: the plan comes first, and nothing parts it from what becomes of it."""
    later = said.stands_before(Kind.AMOUNT, Kind.LATER) and said.number(Kind.AMOUNT) == 1
    last = [one for one in said.words if one.kind not in (Kind.FILLER, Kind.DONE)][-1]
    return later and last.kind == Kind.CANCEL and not said.has(Kind.COMMA, Kind.AND)


def ends_before(said: Sentence) -> bool:
    """右边不用了，关掉吧: what is no more needed is the burner, and it is to be off."""
    at, shut = said.first(Kind.NEEDLESS), said.first(*SHUTTING)
    if shut == LAST or at == LAST or said.has(Kind.TIMER, Kind.CANCEL):
        return False
    between = said.words[min(at, shut) : max(at, shut)]
    return any(one.kind == Kind.COMMA for one in between)


def dismisses(said: Sentence) -> bool:
    """Whether it is cancelled by "never mind", which may dismiss only what was said before."""
    return any(one.kind == Kind.CANCEL and one.text.startswith(_NEVER_MIND) for one in said.words)
