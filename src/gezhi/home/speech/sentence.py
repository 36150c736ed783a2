"""What can be asked about a row of words: which parts are in it, and in which order."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from gezhi.home.speech.kinds import Kind, Token

__all__ = ["Sentence"]

_LAST = 10**6
_SILENT = (Kind.FILLER, Kind.COMMA)
_OBJECTS = (Kind.STOVE, Kind.PLACE, Kind.NAME, Kind.ALL, Kind.PLURAL, Kind.PRONOUN)
_NEVER_MIND = ("算", "never", "forget", "scratch", "免")
_BEFORE = ("刚刚", "刚才", "已经", "已")
_SELF = ("我", "我们", "咱", "咱们", "俺", "俺们", "他", "她", "我这就")
_ASKED_FOR = ("吧", "请", "帮", "麻烦", "给", "劳驾", "呗", "唔该", "拜托", "谢", "你", "您", "好")
_WISHES = frozenset(
    {"make sure", "make sure that", "ensure", "ensure that", "be sure", "i want", "i'd like",
     "have", "want", "make", "i need", "we need", "need", "needs", "it needs"}
)  # fmt: skip
_ANYMORE = ("anymore", "any more", "after all", "no longer")
_DONT = ("don't", "dont", "do not", "not", "不", "别", "不要", "别把", "不要把", "唔好")
_MAY_I = ("can i", "could i", "may i", "can we", "could we")
_THEN = ("then", "and then", "然后", "接着", "随后", "紧接着", "afterwards")
#: Questions that may be about anything; without a word of the stove they are not for it.
_ASK_ANYTHING = frozenset(
    {"几点", "什么", "多少", "什么时候", "几时", "何时", "有没有", "是不是", "是否", "what",
     "what's", "what is", "what are", "whats", "what's the", "which", "how many", "when is",
     "does", "did", "has", "list", "do i", "did i", "how much"}
)  # fmt: skip
_FIRE = "火灶炉气熄关闩灭"


class Sentence:
    """A row of words with its durations read.

    >>> from gezhi.home.speech.amounts import amounts
    >>> from gezhi.home.speech.lexicon import tokens
    >>> said = Sentence(amounts(tokens("is the stove on?")))
    >>> said.is_question(), said.lights()
    (True, True)
    """

    SHUTTING = (Kind.OFF, Kind.OFFWARD)

    def __init__(self, words: Sequence[Token]) -> None:
        self.words = tuple(words)
        self.kinds = Counter(one.kind for one in self.words)

    def has(self, *kinds: Kind) -> bool:
        """Whether a word of one of these kinds is in it."""
        return any(kind in self.kinds for kind in kinds)

    def number(self, *kinds: Kind) -> int:
        """How many words of these kinds are in it."""
        return sum(self.kinds[kind] for kind in kinds)

    def first(self, *kinds: Kind) -> int:
        """Where the first of these kinds stands; far away where none does."""
        return next((at for at, one in enumerate(self.words) if one.kind in kinds), _LAST)

    def amount(self) -> Fraction:
        """The duration that is said, in seconds."""
        value = self.words[self.first(Kind.AMOUNT)].value
        assert isinstance(value, Fraction)
        return value

    def _before(self, at: int) -> Token | None:
        """The word that stands before, without what only fills."""
        row = [one for one in self.words[:at] if one.kind not in (*_SILENT, Kind.ARTICLE)]
        return row[-1] if row else None

    def _after(self, at: int) -> Token | None:
        row = [one for one in self.words[at + 1 :] if one.kind not in _SILENT]
        return row[0] if row else None

    def lights(self) -> bool:
        """Whether a flame would be lit or raised by it, were it a command."""
        if self.has(Kind.LIGHT, Kind.RAISE):
            return True
        if any(one.text == "increase" for one in self.words):
            return not self.has(Kind.AMOUNT, Kind.TIMER)
        fed = self.has(Kind.MORE, Kind.ADD) and self.has(Kind.STOVE)
        if fed and not self.has(Kind.AMOUNT, Kind.TIMER, Kind.NUMBER, Kind.UNIT, Kind.VAGUE):
            return not self.has(*self.SHUTTING, Kind.ASK)
        starts = any(
            one.text in ("start", "begin", "run") for one in self.words if one.kind == Kind.SET
        )
        if starts and self.has(Kind.STOVE, Kind.PLACE) and not self.has(Kind.TIMER):
            return not self.has(*self.SHUTTING)
        return self.has(Kind.ON) and self._puts_on()

    def kindles(self) -> bool:
        """Whether fire or gas is named, so that it is no other thing that is turned on."""
        return self.has(Kind.STOVE, Kind.PLACE, Kind.NAME) or any(
            one.kind == Kind.LIGHT and any(part in one.text for part in "火燃灶炉气点")
            for one in self.words
        )

    def names_fire(self) -> bool:
        """Whether a stove, a burner or a flame is named, and not only a side."""
        return self.has(Kind.STOVE, Kind.PLURAL) or any(
            one.kind == Kind.PLACE and any(part in one.text for part in ("火", "灶", "炉", "burn"))
            for one in self.words
        )

    def tells(self) -> bool:
        """ "The stove is on", 火开着: a state, of which nobody knows what is to follow."""
        return self.has(Kind.STATE, Kind.BE)

    def _puts_on(self) -> bool:
        """ "On" that is no place ("on the left") and nothing kept ("leave it on")."""
        if self.has(Kind.AMOUNT) and self.has(Kind.ADD, Kind.MORE):
            return False
        if self.has(Kind.TURN) and not self.has(*self.SHUTTING):
            return True
        return any(
            one.kind == Kind.ON
            and not self._is_place_word(at)
            and not self.has(Kind.KEEP, Kind.TIMER)
            for at, one in enumerate(self.words)
        )

    def _is_place_word(self, at: int) -> bool:
        after = self._after(at)
        return after is not None and after.kind in (
            *_OBJECTS,
            Kind.TIMER,
            Kind.ARTICLE,
            Kind.AMOUNT,
        )

    def is_question(self) -> bool:
        """Whether it asks how things stand."""
        marked = self.has(Kind.QUESTION, Kind.ASKING)
        if self.has(Kind.ASKING) and self.forgets():
            return True
        if self.has(Kind.ASK):
            return not self._asks_and_commands() and self._asks_of_the_stove()
        if self.has(Kind.BE) and (marked or self._is_head(self.first(Kind.BE))):
            return not self._asks_and_commands()
        if self.has(Kind.STATE) and marked and not self.has(Kind.PLEASE):
            return True
        if self.has(Kind.LOOK):
            return not self.has(*self.SHUTTING) or marked
        if self.has(Kind.ASKING) and not self.has(Kind.PLEASE):
            return self._says_it_happened()
        bare = self.has(Kind.OFFWARD, Kind.ON) and not self.has(Kind.TURN, Kind.PLEASE, Kind.AMOUNT)
        return bare and self.has(Kind.QUESTION) and self.has(Kind.STOVE, Kind.PLACE, Kind.PRONOUN)

    def _asks_and_commands(self) -> bool:
        """ "Is it on? Then turn it off", and "turn off the burner that is left"."""
        if self.has(Kind.AND) and self.has(Kind.OFF, Kind.OFFWARD, Kind.CANCEL, Kind.ADD):
            return True
        at = self.first(Kind.OFF, Kind.TURN)
        ordered = at < self.first(Kind.ASK, Kind.BE) and self.words[at].text.isascii()
        return ordered and not self.words[at].text.startswith(("turned", "switched"))

    def _asks_of_the_stove(self) -> bool:
        """ "What time is it" is for somebody else."""
        if any(one.kind == Kind.ASK and one.text not in _ASK_ANYTHING for one in self.words):
            return True
        return self.has(
            *_OBJECTS, Kind.OFF, Kind.OFFWARD, Kind.ON, Kind.TIMER, Kind.STATE, Kind.KEEP, Kind.MORE
        )

    def forgets(self) -> bool:
        """Whether somebody forgot, or must not forget."""
        return any(
            one.kind == Kind.NEGATION and ("忘" in one.text or "forg" in one.text)
            for one in self.words
        )

    def _is_head(self, at: int) -> bool:
        return all(one.kind in _SILENT and one.text != "make sure" for one in self.words[:at])

    def _says_it_happened(self) -> bool:
        """关火了吗 asks; 关火吗 may be a proposal."""
        done = self.has(Kind.DONE) and self.has(Kind.OFF, Kind.STOVE)
        ended = ("了", "好", "上", "掉", "咗", "啦")
        return done or any(one.kind == Kind.OFF and one.text.endswith(ended) for one in self.words)

    def is_unclear_question(self) -> bool:
        """A question mark or particle that neither asks for the state nor is polite."""
        if self.has(Kind.ASKING) and self.has(Kind.PLEASE):
            # 可以关火了吗 asks for leave; 能把火关了吗 is a request.
            permitted = self._says_it_happened() and not self.has(Kind.OBJECT)
            return permitted and not any(one.text.startswith("帮") for one in self.words)
        if any(one.kind == Kind.PLEASE and one.text in _MAY_I for one in self.words):
            return self.has(*self.SHUTTING, Kind.CANCEL)
        return self.has(Kind.QUESTION, Kind.ASKING) and not self.has(Kind.PLEASE)

    def has_loose_numbers(self) -> bool:
        """Numbers and units that make no duration and count no burners."""
        for at, one in enumerate(self.words):
            before, after = self._before(at), self._after(at)
            if one.kind in (Kind.UNIT, Kind.HALF, Kind.QUARTER, Kind.CLOCK, Kind.DAYTIME):
                return True
            if one.kind in (Kind.OCLOCK, Kind.PAST, Kind.POINT):
                return True
            if one.kind in (Kind.TO, Kind.FOR, Kind.BY, Kind.AT) and after is None:
                return True
            if one.kind == Kind.OF and (after is None or after.kind not in (*_OBJECTS, Kind.TIMER)):
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

    def parts_commands(self) -> bool:
        """Whether "and" or "then" joins more than burners."""
        for at, one in enumerate(self.words):
            if one.kind == Kind.AND and not self._joins_burners(at):
                return True
            divided = one.kind == Kind.COMMA and self.has(Kind.CANCEL, Kind.TIMER)
            if divided and self._both_sides(at):
                return True
        return False

    def _joins_burners(self, at: int) -> bool:
        before, after = self._before(at), self._after(at)
        ends = (*_OBJECTS, Kind.NUMBER)
        return self.words[at].text not in _THEN and (
            before is not None
            and after is not None
            and before.kind in ends
            and after.kind in (*ends, Kind.OBJECT)
        )

    def _both_sides(self, at: int) -> bool:
        acts = (*self.SHUTTING, Kind.CANCEL, Kind.DROP, Kind.STOP, Kind.SET)
        return any(one.kind in acts for one in self.words[:at]) and any(
            one.kind in acts for one in self.words[at:]
        )

    def parts_burners(self) -> bool:
        """Burners named on both sides of the verb or the time: which one is at which time?"""
        places = [at for at, one in enumerate(self.words) if one.kind in (Kind.PLACE, Kind.NAME)]
        if len(places) < 2:
            return False
        between = self.words[places[0] : places[-1]]
        return any(one.kind in (Kind.AMOUNT, Kind.MOMENT, *self.SHUTTING) for one in between)

    def reports(self) -> bool:
        """ "I turned it off", 我把火关了, 火关了: that is told, not asked for."""
        shut = self.first(Kind.OFF)
        if shut == _LAST:
            return False
        text = self.words[shut].text
        if text.isascii():
            past = text.startswith(("turned", "switched")) and not self.has(Kind.SET)
            return past or (shut > 0 and self.words[shut - 1].text in ("i", "we"))
        fillers = [one.text for one in self.words if one.kind == Kind.FILLER]
        told = any(one in _SELF for one in fillers) or self._others_do(shut)
        if told or any(one in _BEFORE for one in fillers):
            return True
        if not ("了" in text or "咗" in text or self.has(Kind.DONE)):
            return False
        if "我要" in fillers:
            return True
        wished = any(one.startswith(_ASKED_FOR) for one in fillers)
        free = (Kind.OBJECT, Kind.AMOUNT, Kind.MOMENT, Kind.ALL, Kind.NOW, Kind.PLEASE, Kind.LOOK)
        return not wished and not self.has(*free) and self.first(*_OBJECTS) < shut

    def _others_do(self, shut: int) -> bool:
        """他关火 tells what he does; 把他关了 is a recogniser's 把它关了."""
        return any(
            one.text in ("他", "她") and not (at and self.words[at - 1].kind == Kind.OBJECT)
            for at, one in enumerate(self.words[:shut])
        )

    def repeats_off(self) -> bool:
        """ "Turn off the left and turn off the right": one command, said twice."""
        return self.number(*self.SHUTTING) > 1 and not self.has(Kind.SET, Kind.STOP, Kind.TIMER)

    def waits_first(self) -> bool:
        """ "Wait ten minutes and then turn it off": one command."""
        amount, shut = self.first(Kind.AMOUNT), self.first(*self.SHUTTING, Kind.STOP)
        joints = [
            at
            for at, one in enumerate(self.words)
            if one.kind == Kind.AND and not self._joins_burners(at)
        ]
        return len(joints) == 1 and amount < joints[0] < shut and amount < _LAST

    def misplaces_amount(self) -> bool:
        """Durations that are no delay: "off for ten minutes", 关火十分钟."""
        at = self.first(Kind.AMOUNT, Kind.MOMENT)
        shut = self.first(*self.SHUTTING, Kind.STOP)
        before, after = self._before(at), self._after(at)
        governed = before.kind if before else None
        followed = after.kind if after else None
        named = self.has(Kind.TURN, Kind.OFF, Kind.STOP, *_OBJECTS)
        if not named and governed != Kind.IN and followed != Kind.LATER:
            return True  # "ten minutes off" is a rest
        if self.words[at].kind == Kind.MOMENT:
            vague = governed in (Kind.IN, Kind.FOR, Kind.BY) and self.words[at - 1].text != "等到"
            return vague or self.has(Kind.LATER, Kind.FOR, Kind.MORE, Kind.KEEP)
        delayed = followed in (Kind.LATER, Kind.MORE) or governed in (Kind.IN, Kind.MORE)
        if governed in (Kind.BY, Kind.TO, Kind.AT) and not (delayed and governed == Kind.AT):
            return True
        if governed == Kind.FOR and not (self.has(Kind.KEEP) and at < shut):
            return True
        if self.has(Kind.KEEP) and at > shut:
            return True
        longer = any(
            one.kind == Kind.MORE and one.text.startswith(("多", "再多")) for one in self.words
        )
        chinese = not self.words[shut].text.isascii() if shut < _LAST else False
        return longer or (chinese and at > shut and not delayed)

    def extends(self) -> bool:
        """Whether it adds time to what is planned."""
        if not self.has(Kind.AMOUNT):
            return False
        at, shut = self.first(Kind.AMOUNT), self.first(*self.SHUTTING)
        before, after = self._before(at), self._after(at)
        adds = self.has(Kind.ADD, Kind.POSTPONE, Kind.MORE)
        if not adds or self.parts_commands() or self.has(Kind.NOW, Kind.CANCEL, Kind.DROP):
            return False
        if before is not None and before.kind in (Kind.TO, Kind.IN):
            return False
        if self.first(Kind.ADD, Kind.POSTPONE, Kind.MORE, Kind.KEEP) > at and (
            after is None or after.kind != Kind.MORE
        ):
            return False
        if after is not None and after.kind == Kind.LATER:
            return False
        if after is not None and after.kind == Kind.TIMER:
            return False  # "add a ten minute timer" is another one
        sets = self.has(Kind.SET) and not self.has(Kind.MORE)
        if (sets or self.has(Kind.MOMENT, Kind.STOP)) and not self.has(Kind.TIMER):
            return False
        return shut == _LAST or self._moves_the_cut(at, shut)

    def _moves_the_cut(self, amount: int, shut: int) -> bool:
        """ "Delay turning off by ten minutes", 推迟十分钟关火; a plain "add" is not that."""
        if self.number(*self.SHUTTING) > 1 or self.has(Kind.KEEP, Kind.MORE):
            return False
        moved = self.first(Kind.POSTPONE)
        if moved < _LAST:
            named = self.words[shut].kind == Kind.OFF
            return named and (moved < shut or not self.words[shut].text.isascii())
        return any(one.kind == Kind.ADD and one.text.startswith("延长") for one in self.words)

    def sets_up(self) -> bool:
        """ "Set", 设置: something that is to happen later; "I want it off" is now."""
        return any(one.kind == Kind.SET and one.text not in _WISHES for one in self.words)

    def takes_back(self) -> bool:
        """ "Never mind, don't turn it off", 算了不关了: both halves say the same."""
        at = self.first(Kind.NEGATION)
        if at == _LAST or self.kinds[Kind.NEGATION] > 1 or self.words[at].text not in _DONT:
            return False
        after = [one.kind for one in self.words[at + 1 :] if one.kind != Kind.FILLER]
        verb = after[:1] in ([Kind.OFF], [Kind.TURN]) or after[:2] == [Kind.OBJECT, Kind.STOVE]
        return verb and self.first(Kind.CANCEL) < at

    def denies_plainly(self) -> bool:
        """ "Don't … anymore"; other denials beside "no need to" are beyond this grammar."""
        denials = [one.text for one in self.words if one.kind == Kind.NEGATION]
        ends = any(one.kind == Kind.NEEDLESS and one.text in _ANYMORE for one in self.words)
        return not denials or (len(denials) == 1 and denials[0] in _DONT and ends)

    def shuts_timer(self) -> bool:
        """ "Turn off the timer": the timer is what is turned off."""
        if not self.has(*self.SHUTTING):
            return False
        shut, timer = self.first(*self.SHUTTING), self.first(Kind.TIMER)
        text = self.words[timer].text
        amount = self.first(Kind.AMOUNT)
        bare = not any(one in self.words[shut].text for one in "火灶炉气")
        owned = timer > 0 and self.words[timer - 1].text == "的"
        if owned and bare and timer < shut:
            return True
        if amount < _LAST and (self.has(Kind.IN, Kind.LATER, Kind.SET, Kind.BY, Kind.FOR)):
            return False
        if shut < timer:
            if any(one in text for one in ("关", "熄")) and amount < _LAST:
                return False
            return amount == _LAST or shut < amount < timer
        if amount < _LAST:
            return False
        if self.words[shut].text.isascii():
            return self.words[shut].kind == Kind.OFFWARD
        whole = text.endswith(("器", "计时", "倒计时", "任务", "计划", "的", "定时关火"))
        of_a_burner = any(one.kind == Kind.PLACE and one.text[-1] == "的" for one in self.words)
        return bare and (self.has(Kind.OBJECT) or whole or of_a_burner)

    def changes_timer(self) -> bool:
        """ "Change it to ten minutes" replaces a timer, which no command here does."""
        at = self.first(Kind.AMOUNT)
        before = self._before(at) if at < _LAST else None
        to = before is not None and before.kind == Kind.TO
        return to and not (before is not None and before.text == "to" and self.has(Kind.SET))

    def says_what_the_timer_does(self) -> bool:
        """Whether the stove or turning off is named beside the timer."""
        text = "".join(one.text for one in self.words if one.kind == Kind.TIMER)
        if self.has(*self.SHUTTING):
            return not self._shuts_before_timer_without_reason()
        named = self.has(Kind.STOVE, Kind.PLACE, Kind.NAME, Kind.PLURAL)
        return named or any(one in text for one in (*_FIRE, "off", "shut", "stove", "cook"))

    def _shuts_before_timer_without_reason(self) -> bool:
        shut, timer = self.first(*self.SHUTTING), self.first(Kind.TIMER)
        amount = self.first(Kind.AMOUNT)
        if shut > timer or self.has(Kind.SET, Kind.BY):
            return False
        return timer < amount or self.has(Kind.IN)

    def counts_what_is_cancelled(self) -> bool:
        """ "Cancel the ten minute timer", 取消十分钟后关火; but not "cancel it in ten minutes"."""
        cancel, amount = self.first(Kind.CANCEL), self.first(Kind.AMOUNT)
        timer, shut = self.first(Kind.TIMER), self.first(*self.SHUTTING)
        if self.stands_before(Kind.AMOUNT, Kind.TIMER):
            return not self.has(Kind.IN, Kind.LATER)
        if cancel > amount:
            return False
        return shut < _LAST or (amount < timer < _LAST and not self.has(Kind.IN))

    def lacks_object(self) -> bool:
        """ "I want off", "turn out": nothing that could be turned off is named."""
        named = self.has(*_OBJECTS)
        out = any(one.kind == Kind.OFFWARD and one.text == "out" for one in self.words)
        wishes = not self.has(Kind.OFF, Kind.TURN) and self.has(Kind.SET, Kind.KEEP, Kind.MORE)
        return (wishes and not named) or (out and not self.has(Kind.STOVE, Kind.PLACE, Kind.NAME))

    def dismisses(self) -> bool:
        """Whether it is cancelled by "never mind", which may dismiss only what was said before."""
        return any(
            one.kind == Kind.CANCEL and one.text.startswith(_NEVER_MIND) for one in self.words
        )

    def stands_before(self, one: Kind, other: Kind) -> bool:
        """Whether one stands right before the other: "the ten minute timer"."""
        after = self._after(self.first(one))
        return after is not None and after.kind == other
