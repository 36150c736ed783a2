"""Words whose part depends on their neighbours: "light", 没, "another", "shut … off".

>>> from gezhi.home.speech.lexicon import tokens
>>> [one.kind.value for one in tokens("light the stove")][0], tokens("turn off the light")[-1].kind
('light', <Kind.DEVICE: 'device'>)
>>> [one.text for one in tokens("another hour")]
['another', 'one', 'hour']
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from gezhi.home.speech.kinds import Kind, Token

__all__ = ["settled"]

#: At the end of a sentence they ask, elsewhere they deny.
_EITHER = frozenset(("没", "没有", "不", "未", "冇", "没啊", "没呢"))
_SURE = frozenset(("make sure", "make sure that", "ensure", "ensure that", "be sure"))
_ONE_MORE = frozenset(
    (
        "just one more",
        "only one more",
        "another",
        "an extra",
        "an additional",
        "a further",
        "one more",
    )
)
_RIGHT = frozenset(("right", "rigth", "rihgt", "rightt"))
_ARTICLES = frozenset(("the", "my", "our", "your"))
_THOSE = frozenset(
    f"{this}{noun}"
    for this in ("那个", "这个", "那", "这")
    for noun in ("灶", "炉", "炉子", "火", "灶头", "炉头", "灶眼")
)
_FIRES = (Kind.STOVE, Kind.PLURAL, Kind.PLACE)
_TAGS = ("ok", "okay", "okey", "na", "alright", "all right", "please", "yeah", "thanks")
_LASTING = ("run", "go", "sit", "bubble", "stew", "fry", "boil", "brew", "steep", "work", "burn")
_NEEDS = frozenset(("i need", "we need", "need", "needs", "it needs"))


def settled(found: Sequence[Token]) -> Iterator[Token]:
    """The same words, each with the part that it has beside its neighbours."""
    row = list(_reordered(found))
    for at, one in enumerate(row):
        kind = next((kind for rule in _RULES if (kind := rule(row, at)) is not None), one.kind)
        if kind == one.kind:
            yield one
        elif kind == Kind.UNIT:
            yield replace(one, kind=kind, value=Fraction(3600))
        else:
            yield replace(one, kind=kind)


def _reordered(found: Sequence[Token]) -> Iterator[Token]:
    """ "Ten more minutes" as "more ten minutes", and "another hour" as "more one hour"."""
    at = 0
    while at < len(found):
        one, kinds = found[at], [other.kind for other in found[at : at + 3]]
        if kinds in ([Kind.NUMBER, Kind.MORE, Kind.UNIT], [Kind.NUMBER, Kind.MORE, Kind.HALF]):
            yield found[at + 1]
            yield one
            at += 2
            continue
        yield one
        if one.text in _ONE_MORE and kinds[1:2] == [Kind.UNIT]:
            yield Token(Kind.NUMBER, "one", Fraction(1), one.start)
        at += 1


def _hour(row: Sequence[Token], at: int) -> Kind | None:
    """ "In an our"."""
    counted = at > 0 and row[at - 1].kind in (Kind.NUMBER, Kind.ARTICLE, Kind.HALF)
    return Kind.UNIT if counted and row[at].text in ("our", "ours") else None


def _shut(row: Sequence[Token], at: int) -> Kind | None:
    """ "Shut … off" and "shut … down" are one verb."""
    texts = [one.text for one in row]
    if row[at].text in ("shut", "cut", "kill") and ({"off", "down", "out"} & {*texts[at:]}):
        return Kind.TURN
    return Kind.OFFWARD if row[at].text == "down" and "shut" in texts[:at] else None


def _is(row: Sequence[Token], at: int) -> Kind | None:
    """ "Make sure that it is off" does not ask."""
    sure = row[at].kind == Kind.BE and any(one.text in _SURE for one in row[:at])
    return Kind.FILLER if sure else None


def _not(row: Sequence[Token], at: int) -> Kind | None:
    """火关了没 asks, 没关 denies."""
    if row[at].text not in _EITHER:
        return None
    quiet = (Kind.FILLER, Kind.COMMA, Kind.QUESTION)
    if row[at].text == "不" and [one.text for one in row[at + 1 :]] == ["好"]:
        return Kind.NEGATION
    last = at > 0 and all(one.kind in quiet for one in row[at + 1 :])
    return Kind.ASKING if last else Kind.NEGATION


def _light(row: Sequence[Token], at: int) -> Kind | None:
    """A verb at the head and after "to" and "and", else a lamp."""
    if row[at].text != "light" or at == len(row) - 1:
        return None
    before = row[:at]
    quiet = (Kind.FILLER, Kind.COMMA, Kind.PLEASE)
    head = all(one.kind in quiet and one.text not in ("the", "my", "this") for one in before)
    verb = head or before[-1].kind in (Kind.TO, Kind.AND)
    return Kind.LIGHT if verb else None


def _second(row: Sequence[Token], at: int) -> Kind | None:
    """ "The second" counts burners only where a noun follows, which is a phrase of its own."""
    ordinal = row[at].text == "second" and at > 0 and row[at - 1].text == "the"
    return Kind.SOME if ordinal else None


def _back(row: Sequence[Token], at: int) -> Kind | None:
    """ "Turn it back on" names no burner."""
    follows = at + 1 < len(row) and row[at + 1].kind in (Kind.ON, Kind.OFFWARD)
    bare = row[at].text == "back" and (at == 0 or row[at - 1].text != "the")
    return Kind.FILLER if follows and bare else None


def _right(row: Sequence[Token], at: int) -> Kind | None:
    """ "Turn it right off", "right in ten minutes": at once, or the right one? Nobody knows."""
    if row[at].value != "right" or row[at].text not in _RIGHT or at + 1 == len(row):
        return None
    if row[at + 1].kind == Kind.NOW:
        return Kind.FILLER
    before = row[at - 1] if at else None
    verbal = before is not None and before.kind in (Kind.TURN, Kind.PRONOUN, Kind.STOVE)
    off = verbal and row[at + 1].kind == Kind.OFFWARD
    named = before is not None and before.text in ("the", "burner", "stove", "hob", "ring")
    timed = row[at + 1].kind in (Kind.IN, Kind.AT, Kind.NUMBER, Kind.ARTICLE, Kind.HALF)
    doubtful = timed and (not named or (before is not None and before.text == "stove"))
    return Kind.SOME if off or doubtful else None


def _left(row: Sequence[Token], at: int) -> Kind | None:
    """ "Ten minutes left" names no burner, "in ten minutes left burner off" does."""
    if row[at].text != "left" or at == 0 or row[at - 1].kind not in (Kind.UNIT, Kind.HALF):
        return None
    noun = at + 1 < len(row) and row[at + 1].kind in (Kind.STOVE, Kind.PLURAL)
    return None if noun else Kind.SOME


def _left_on(row: Sequence[Token], at: int) -> Kind | None:
    """ "Was the stove left on" names no burner, "turn the left on" does."""
    if row[at].text != "left" or not at or [one.text for one in row[at + 1 : at + 2]] != ["on"]:
        return None
    ends = at + 2 == len(row) or row[at + 2].kind in (Kind.QUESTION, Kind.COMMA)
    asked = any(one.kind in (Kind.BE, Kind.ASK) for one in row[:at])
    noun = row[at - 1].kind in (Kind.STOVE, Kind.PLURAL, Kind.PRONOUN) or row[at - 1].text == "get"
    return Kind.FILLER if ends and asked and noun else None


def _delayed(row: Sequence[Token], at: int) -> Kind | None:
    """延时五分钟 and 晚五分钟再关 move what is planned; 晚七点 is a time of day."""
    after = [one.kind for one in row[at + 1 : at + 4] if one.kind != Kind.PIECE]
    counted = after[:2] in ([Kind.NUMBER, Kind.UNIT], [Kind.HALF, Kind.UNIT]) or (
        after[:2] == [Kind.NUMBER, Kind.HALF]
    )
    if not counted or any(one.kind == Kind.LATER for one in row[at:]):
        return None
    if row[at].text == "延时":
        return None if any(one.kind == Kind.OFF for one in row) else Kind.ADD
    off = any(one.kind == Kind.OFF for one in row[at:])
    late = off and row[at].text in ("晚", "迟", "晚个", "再晚") and row[at].kind == Kind.VAGUE
    return Kind.POSTPONE if late else None


def _let(row: Sequence[Token], at: int) -> Kind | None:
    """ "The let burner" was to be the left one."""
    if row[at].text != "let":
        return None
    before = row[at - 1] if at else None
    verbs = (Kind.ON, Kind.FOR, Kind.OFF, Kind.TURN)
    article = before is not None and (before.text in _ARTICLES or before.kind in verbs)
    noun = at + 1 < len(row) and row[at + 1].kind == Kind.STOVE
    return Kind.UNKNOWN if article or noun else None


def _that(row: Sequence[Token], at: int) -> Kind | None:
    """ "That burner" points with a finger."""
    if row[at].text not in ("that", "this", "这") or at + 1 == len(row):
        return None
    noun = row[at + 1].text.rstrip("s")
    return Kind.SOME if noun in ("burner", "hob", "ring", "eye", "knob", "one") else None


def _need(row: Sequence[Token], at: int) -> Kind | None:
    """ "I need it off", but "I need ten more minutes"."""
    kinds = {one.kind for one in row}
    off = kinds & {Kind.OFF, Kind.OFFWARD} and Kind.MORE not in kinds
    return Kind.SET if off and row[at].text in _NEEDS else None


def _put(row: Sequence[Token], at: int) -> Kind | None:
    """ "Put a timer on", "let it run"."""
    kinds = {one.kind for one in row}
    if row[at].text == "put" and kinds & {Kind.TIMER, Kind.AMOUNT}:
        return Kind.SET
    kept = any(one.kind == Kind.KEEP for one in row[:at])
    return Kind.KEEP if row[at].text in _LASTING and kept else None


def _going(row: Sequence[Token], at: int) -> Kind | None:
    """ "Get the burner going"."""
    if row[at].text not in ("going", "started", "goin", "lit") or at == 0:
        return None
    got = any(one.text in ("get", "set") for one in row[:at])
    return Kind.LIGHT if got and any(one.kind in _FIRES for one in row[:at]) else None


def _tag(row: Sequence[Token], at: int) -> Kind | None:
    """ "…, okay?" and 把火关了嘛 ask nothing."""
    if row[at].kind == Kind.QUESTION:
        return Kind.FILLER if at and row[at - 1].text in _TAGS else None
    wanted = any(one.kind == Kind.OBJECT for one in row[:at])
    return Kind.FILLER if row[at].text == "嘛" and wanted else None


def _alright(row: Sequence[Token], at: int) -> Kind | None:
    """ "All right" names no burner; "all right burners" is anybody's guess, as is "right, off"."""
    if row[at].text == "all right" and at + 1 < len(row):
        nouns = (*_FIRES, Kind.OFFWARD)
        return Kind.SOME if row[at + 1].kind in nouns or row[at + 1].text == "one" else None
    if row[at].text != "right" or (at and row[at - 1].text == "the"):
        return None
    others = [one for one in row if one.kind not in (Kind.FILLER, Kind.COMMA)]
    if at and row[at - 1].kind == Kind.COMMA and at + 1 == len(row) and others[0].kind == Kind.OFF:
        return Kind.SOME
    if others[0] is not row[at] or at + 1 == len(row) or row[at + 1].kind != Kind.COMMA:
        return None
    named = any(one.kind in (*_FIRES, Kind.PRONOUN, Kind.TIMER) for one in row[at + 1 :])
    return Kind.FILLER if named else Kind.SOME


def _by_then(row: Sequence[Token], at: int) -> Kind | None:
    """定个十五分钟，到时候关火: when that time is over."""
    if row[at].text not in ("到时候", "到时"):
        return None
    before = [one for one in row[:at] if one.kind not in (Kind.FILLER, Kind.COMMA)]
    counted = bool(before) and before[-1].kind == Kind.UNIT
    return Kind.LATER if counted and any(one.kind == Kind.SET for one in before) else None


def _pointed(row: Sequence[Token], at: int) -> Kind | None:
    """右手边那个炉子: the place says which one."""
    if row[at].kind != Kind.SOME or row[at].text[:1] not in "那这" or at == 0:
        return None
    if row[at].text not in _THOSE:
        return None
    before = row[at - 2] if row[at - 1].text == "的" and at > 1 else row[at - 1]
    return Kind.STOVE if before.kind == Kind.PLACE and not before.text.isascii() else None


def _this_dish(row: Sequence[Token], at: int) -> Kind | None:
    """这个汤: a dish is pointed at, and no burner."""
    follows = at + 1 < len(row) and row[at + 1].kind == Kind.FOOD
    return Kind.FILLER if follows and row[at].text in ("这个", "那个", "这", "那") else None


def _going_off(row: Sequence[Token], at: int) -> Kind | None:
    """ "When's the stove going off", "what's the timer say"."""
    asked = any(one.kind in (Kind.ASK, Kind.BE) for one in row[:at])
    if not asked or any(one.kind == Kind.DEVICE for one in row):
        return None
    if row[at].text in ("going off", "goes off", "go off") and row[at].kind == Kind.LIFE:
        return Kind.OFFWARD
    off = [one.text for one in row[at + 1 : at + 2]] == ["off"]
    plain = row[at].text in ("say", "saying", "finished", "ended", "expired", "over") or (
        row[at].text == "go" and off
    )
    return Kind.FILLER if plain and row[at].kind == Kind.UNKNOWN else None


def _colon(row: Sequence[Token], at: int) -> Kind | None:
    """ "Right burner: off"; after anything else a colon quotes."""
    quiet = (*_FIRES, Kind.FILLER, Kind.TIMER, Kind.NAME)
    plain = at and all(one.kind in quiet for one in row[:at])
    return None if row[at].text != ":" or plain else Kind.UNKNOWN


def _which(row: Sequence[Token], at: int) -> Kind | None:
    """哪个灶开着 asks."""
    burns = any(one.kind == Kind.STATE for one in row[at:])
    return Kind.ASK if row[at].kind == Kind.SOME and row[at].text[0] == "哪" and burns else None


def _again(row: Sequence[Token], at: int) -> Kind | None:
    """推迟十分钟再关火: that is what is put off."""
    moved = any(one.kind == Kind.POSTPONE or one.text in ("晚", "迟") for one in row[:at])
    off = [one.kind for one in row[at + 1 : at + 2]] == [Kind.OFF]
    return Kind.FILLER if row[at].text == "再" and moved and off else None


def _boiled(row: Sequence[Token], at: int) -> Kind | None:
    """Water that boils is in a pot and runs from no tap."""
    boils = any(one.text.startswith(("boil", "simmer")) for one in row)
    off = any(one.text in ("turn off", "shut off") for one in row[:at])
    return Kind.FOOD if row[at].text == "water" and boils and not off else None


def _opened_timer(row: Sequence[Token], at: int) -> Kind | None:
    """开个十分钟的定时 lights nothing."""
    if row[at].text != "开" or [one.kind for one in row[at + 1 : at + 2]] != [Kind.PIECE]:
        return None
    if any(one.kind == Kind.SET for one in row[:at]):
        return None
    quiet = (Kind.FILLER, Kind.PIECE, Kind.NUMBER, Kind.UNIT, Kind.HALF)
    after = [one.kind for one in row[at + 1 :] if one.kind not in quiet]
    return Kind.SET if after[:1] == [Kind.TIMER] else None


def _left_by(row: Sequence[Token], at: int) -> Kind | None:
    """ "My husband left the burner on" names no left one."""
    if row[at].text != "left" or not at or at + 1 == len(row):
        return None
    on = any(one.text == "on" for one in row[at + 2 :])
    object_ = row[at + 1].text in ("the", "my", "our", "it", "everything", "both", "both of")
    quiet = (Kind.FILLER, Kind.UNKNOWN, Kind.LIFE)
    subject = row[at - 1].kind in quiet and row[at - 1].text not in (
        "the", "my", "our", "this", "please", "just"
    )  # fmt: skip
    return Kind.STATE if on and object_ and subject else None


def _get_off(row: Sequence[Token], at: int) -> Kind | None:
    """ "Get it off", but not "get off the stove"."""
    off = [one.kind for one in row[at + 1 : at + 2]] == [Kind.OFFWARD]
    return Kind.UNKNOWN if off and row[at].text in ("get", "put") else None


def _held_off(row: Sequence[Token], at: int) -> Kind | None:
    """ "Hold off five more minutes"."""
    counted = [one.kind for one in row[at + 1 : at + 2]] in ([Kind.MORE], [Kind.NUMBER])
    return Kind.POSTPONE if row[at].text == "hold off" and counted else None


_RULES: tuple[Callable[[Sequence[Token], int], Kind | None], ...] = (
    _hour, _shut, _is, _not, _light, _second, _back, _right, _left, _let, _that, _need, _put,
    _going, _tag, _alright, _by_then, _pointed, _this_dish, _left_on, _delayed, _going_off,
    _get_off, _boiled, _left_by, _opened_timer, _held_off, _colon, _which, _again,
)  # fmt: skip
