"""The one command among clauses that only tell: "the soup is done, turn off the stove".

What is not understood as a whole is cut where clauses may begin and end: at commas, at "so" and
"because", before a verb of command where a statement has ended. The longest piece that is a
command by itself is taken, if all that is left of the sentence is only told.
"""

from collections.abc import Callable, Iterator, Sequence

from gezhi.home.speech.amounts import amounts
from gezhi.home.speech.asides import is_aside, regrets
from gezhi.home.speech.command import Action, Command
from gezhi.home.speech.kinds import Kind, Token
from gezhi.home.speech.lexicon import told_words, words_of
from gezhi.home.speech.normal import is_chinese
from gezhi.home.speech.pointing import points_at_nothing_else
from gezhi.home.speech.sentence import Sentence
from gezhi.home.speech.told import is_told, texts

__all__ = ["find_command"]

_Read = Callable[[Sequence[str]], Command]

_PARTING = (Kind.COMMA, Kind.QUESTION)
#: With these a command may begin where nothing but a statement before it has ended.
_HEADS = (
    Kind.OFF, Kind.TURN, Kind.PLEASE, Kind.CANCEL, Kind.DROP, Kind.STOP, Kind.ADD, Kind.POSTPONE,
    Kind.OBJECT, Kind.IN, Kind.MORE, Kind.NUMBER, Kind.NOW, Kind.TIMER, Kind.PLACE, Kind.ARTICLE,
    Kind.LIGHT, Kind.RAISE, Kind.BE, Kind.ASK, Kind.FILLER,
)  # fmt: skip
_TAILS = ("i'm", "we're", "it's", "there's", "i've", "we've", "i", "everything's", "everyone's")
_WAITING = (
    ["等等"],
    ["等一下"],
    ["等下"],
    ["稍等"],
    ["慢着"],
    ["wait"],
    ["hold", "on"],
    ["hang", "on"],
)
#: Said first, they take back what was said or planned before, and nothing of this.
_INSTEAD = ("no", "no no", "nope", "actually no", "oh no", "nah", "on second thought")
_THEN = ("then", "and then", "然后", "就", "才", "再", "即", "便", "接着")
#: With these a statement begins where a command has ended: "turn off the stove the milk is …".
_BEGINNING = ("the", "my", "our", "we", "he", "she", "they", "somebody's", "someone's", "or",
              "or else", "otherwise", "the pot's", "everybody's")  # fmt: skip
_ENDING = (Kind.STOVE, Kind.PLURAL, Kind.OFFWARD, Kind.PRONOUN, Kind.NOW, Kind.UNIT, Kind.TIMER)
#: More places to cut than this is no sentence that somebody said.
_MOST_EDGES = 18


def find_command(said: Sequence[str], names: tuple[str, ...], read: _Read) -> Command | None:
    """The only command in it, or None where there is none, or more than told beside it.

    Args:
        said: the pieces of what was said.
        names: the burners' own names.
        read: reads pieces as one command, in which every word has its part.
    """
    words = sorted(words_of(said, names), key=lambda one: one.start)
    heads, tails = set(_heads(words)), set(_tails(words, len(said)))
    if len(heads) + len(tails) > _MOST_EDGES:
        return None
    spans = [(start, end) for start in heads for end in tails if start < end]
    for start, end in sorted(spans, key=lambda one: (one[0] - one[1], one)):
        if (start, end) == (0, len(said)):
            continue
        if start and said[start] in ("in", "after") and "," in said[start:end]:
            continue  # "I'm leaving in ten minutes, turn it off"
        command = read(said[start:end])
        if command.action is not Action.UNKNOWN and _stands_alone(
            said, (start, end), names, command, read
        ):
            return command
    return None


def _heads(words: Sequence[Token]) -> Iterator[int]:
    """Where a command may begin: the number of pieces before it."""
    yield 0
    joins = told_words("english", "joins") | told_words("chinese", "joins")
    binding = told_words("english", "binding")
    for at, one in enumerate(words):
        if one.kind in _PARTING or one.text == "!" or one.text in joins:
            yield words[at + 1].start if at + 1 < len(words) else one.start
        elif at and not is_chinese(one.text) and _may_begin(one):
            before = texts(words[:at])
            while before and before[-1] in ("please", "just", "now", "quickly", ":"):
                before.pop()
            bound = before[-1:] and (before[-1] in binding or before[-1].endswith("'s"))
            if before and (not bound or _is_speaking(before)):
                yield one.start
        elif at and one.kind in _HEADS and words[at - 1].text[-1:] in _ends():
            yield one.start


def _may_begin(one: Token) -> bool:
    own = (Kind.FILLER, Kind.PLACE, Kind.TIMER, Kind.ARTICLE)
    return one.kind in _HEADS and (one.kind not in own or one.text in ("please", "kindly"))


def _is_speaking(before: list[str]) -> bool:
    return before[-1] == "says" and len(before) > 1


def _ends() -> frozenset[str]:
    return told_words("chinese", "ends")


def _tails(words: Sequence[Token], length: int) -> Iterator[int]:
    """Where a command may end."""
    yield length
    joins = told_words("english", "joins") - {"but", "and", "as", "但", "但是"}
    for at, one in enumerate(words):
        if one.kind in _PARTING or one.text == "!":
            yield one.start
            yield words[at + 1].start if at + 1 < len(words) else length
        elif at and (
            one.text in joins
            or one.text.split()[0] in _TAILS
            or (one.text in _BEGINNING and words[at - 1].kind in _ENDING)
        ):
            yield one.start


def _stands_alone(
    said: Sequence[str],
    span: tuple[int, int],
    names: tuple[str, ...],
    command: Command,
    read: _Read,
) -> bool:
    """Whether all that stands around it is told, or is the same command again."""
    start, end = span
    order = words_of(said[start:end], names)
    before, after = list(_clauses(said[:start])), list(_clauses(said[end:]))
    if before and order[0].text in _THEN:
        return False
    told, nearest = [], None
    for at, clause in enumerate([*before, *after]):
        joint = at == len(before) - 1 or at == len(before)
        words, runs_on, by_and = _stripped(words_of(clause, names), before=at < len(before))
        seam = (said[start - 1], said[start]) if at < len(before) else (said[end - 1], said[end])
        runs_on = joint and runs_on and not any(one in (",", "?", "!") for one in seam)
        if (
            command.action in (Action.OFF, Action.CANCEL)
            and read(clause).record() == command.record()
        ):
            continue
        if at < len(before) and not runs_on and " ".join(texts(words)) in _INSTEAD:
            continue
        waits = command.action is Action.EXTEND and at < len(before)
        if (waits or not command.is_executable) and texts(words) in _WAITING:
            continue
        if command.action is Action.REFUSE and regrets("".join(clause), " ".join(clause)):
            continue
        if by_and and not _may_be_joined(words):
            return False
        if words and is_aside(Sentence(amounts(words)), Sentence(amounts(order)), runs_on=runs_on):
            continue
        if not is_told(words, order, runs_on=runs_on):
            return False
        told.append(words)
        nearest = words if at < len(before) or nearest is None else nearest
    return not command.is_executable or points_at_nothing_else(told, order, nearest)


def _clauses(said: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut at commas, each clause with the mark that ends it."""
    start = 0
    for at, one in enumerate(said):
        if one in (",", "?", "!"):
            if at > start:
                yield said[start : at + 1]
            start = at + 1
    if start < len(said):
        yield said[start:]


def _stripped(words: Sequence[Token], *, before: bool) -> tuple[Sequence[Token], bool, bool]:
    """Without "so" and commas at its ends; whether it runs on, and whether "and" joins it."""
    joins = told_words("english", "joins") | told_words("chinese", "joins")
    runs_on, by_and = True, False
    row = list(words)
    while row and (row[-1].kind == Kind.COMMA or row[-1].text in (*joins, "!")):
        runs_on, by_and = runs_on and not before, by_and or (before and row[-1].text == "and")
        row.pop()
    while row and (row[0].kind == Kind.COMMA or row[0].text in (*joins, "!")):
        runs_on = runs_on and before
        row.pop(0)
    return row, runs_on, by_and


def _may_be_joined(words: Sequence[Token]) -> bool:
    """ "I have to go home and turn off the stove" is one wish, and no command."""
    said = texts(words)
    bound = ("to", "can", "will", "should", "must", "let", "would", "could", "may")
    subject = any(one in told_words("english", "subjects") for one in said[:2])
    return not subject and not any(one in bound or one.endswith("'ll") for one in said)
