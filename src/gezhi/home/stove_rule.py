"""The rule of the node at the stove in C++, as the lambdas of its ESPHome file have it.

Each piece is a part of `gezhi.home.stove_node.step`, line for line, in whole milliseconds:
``clock`` lets time pass and forgets a stale flame; ``cut``, ``plan``, ``lock``, ``button`` and
``flame`` take an event; ``drive`` does what is due; ``save`` and ``act`` write the flash and then
switch the relay.
``NAME`` is the relay's channel, the other capitals are the stove's settings. ``kept_NAME`` is what
the flash holds: remaining ms (-1: nothing planned), number, fired, cutting, spent ms, locked,
presses, failed. ``live_NAME`` is the rest of the node's state: now, on since (-1: at rest), off
since, due (-1: nothing), pulses (-1: no cut), flame (-1: unknown), when it was measured, ready at.
"""

from __future__ import annotations

from collections.abc import Mapping

from gezhi.home.types.stove import StoveSettings

__all__ = ["RULES", "fill"]

# The flash holds the countdown in steps of this: a power cut makes a planned cut later by no more.
_COUNT_MILLISECONDS = 1000
_LONGEST_SECONDS = 172_800

RULES: Mapping[str, str] = {
    "start": """
for (int i = 0; i < 8; i++) id(saved_NAME)[i] = id(kept_NAME)[i];
id(live_NAME)[3] = id(kept_NAME)[0];
id(live_NAME)[4] = id(kept_NAME)[3] ? 0 : -1;
id(spent_NAME) = id(kept_NAME)[4];
id(seen_NAME) = millis();
""",
    "clock": """
int64_t *s = id(live_NAME);
uint32_t at = millis();
s[0] += (uint32_t) (at - id(seen_NAME));
id(seen_NAME) = at;
if (s[0] - s[6] >= STALE) s[5] = -1;
""",
    "cut": """
// "ON" begins a cut; nothing ends one before its time, and nothing lights a flame.
if (x.rfind("ON ", 0) != 0 || millis() - id(connected_at) < DEAF) return;
id(clock_NAME)->execute();
if (id(live_NAME)[1] < 0) id(live_NAME)[4] = 0;
id(drive_NAME)->execute();
""",
    "plan": """
size_t gap = x.find(' ');
if (gap == std::string::npos) return;
char *end = nullptr;
long number = strtol(x.c_str() + gap + 1, &end, 10);
if (end == x.c_str() + gap + 1 || *end != 0) return;
bool none = x.compare(0, gap, "NONE") == 0;
double seconds = none ? 0.0 : strtod(x.c_str(), &end);
if (!none && (end != x.c_str() + gap || !(seconds >= 0.0 && seconds <= LONGEST))) return;
id(clock_NAME)->execute();
if (number > id(kept_NAME)[1]) {
  id(kept_NAME)[1] = number;
  id(live_NAME)[3] = none ? -1 : id(live_NAME)[0] + (int64_t) (seconds * 1000.0 + 0.5);
}
id(drive_NAME)->execute();
""",
    "lock": """
char word[4] = "";
int presses = -1, number = -1;
if (sscanf(x.c_str(), "%3s %d %d", word, &presses, &number) != 3) return;
bool on = strcmp(word, "ON") == 0;
if (!on && strcmp(word, "OFF") != 0) return;
id(clock_NAME)->execute();
if (number > id(kept_NAME)[1]) {
  id(kept_NAME)[1] = number;
  // A hand at the stove that pressed since is later than this message.
  on = on && presses >= id(kept_NAME)[6];
  bool burns = on && !id(kept_NAME)[5] && id(live_NAME)[5] == 1;
  if (burns && id(live_NAME)[1] < 0) id(live_NAME)[4] = 0;
  id(kept_NAME)[5] = on;
}
id(drive_NAME)->execute();
""",
    "button": """
id(clock_NAME)->execute();
id(kept_NAME)[5] = 0;
id(kept_NAME)[6] += 1;
id(drive_NAME)->execute();
""",
    "flame": """
id(clock_NAME)->execute();
int64_t *s = id(live_NAME);
if (!(x >= -5.0f && x <= 80.0f)) {
  s[5] = -1;
} else {
  bool appeared = x >= FLAMEf && s[5] != 1;
  if (x >= FLAMEf) s[5] = 1;
  else if (x <= OUTf) s[5] = 0;
  s[6] = s[0];
  if (appeared && id(kept_NAME)[5] && s[1] < 0) s[4] = 0;
}
id(drive_NAME)->execute();
""",
    "drive": """
id(clock_NAME)->execute();
int64_t *s = id(live_NAME);
int32_t *k = id(kept_NAME);
if (s[3] >= 0 && s[0] >= s[3]) {
  s[3] = -1;
  k[2] = k[1];
  if (s[1] < 0) s[4] = 0;
}
int64_t spent = id(spent_NAME);
int64_t pulse = std::min((int64_t) PULSE, (int64_t) BOUND - spent);
if (s[1] >= 0) {
  if (s[0] - s[1] >= pulse) {
    spent += s[0] - s[1];
    s[1] = -1;
    s[2] = s[0];
    s[7] = s[0] + PAUSE;
    s[4] = (s[4] < 0 ? 0 : s[4]) + 1;
  }
} else {
  if (s[0] - s[2] >= REST) spent = 0;
  int64_t next = spent >= BOUND && s[4] <= 0 ? s[2] + REST : s[7];
  if (s[4] >= 0 && s[0] >= next) {
    bool enough = spent >= BOUND || (s[5] >= 0 ? s[5] == 0 : s[4] >= BLIND);
    if (s[4] > 0 && enough) {
      s[4] = -1;
      k[7] = s[5] == 1;
    } else {
      s[1] = s[0];
    }
  }
}
id(spent_NAME) = spent;
pulse = std::min((int64_t) PULSE, (int64_t) BOUND - spent);
k[0] = s[3] < 0 ? -1 : (int32_t) ((s[3] - s[0] + COUNT - 1) / COUNT * COUNT);
k[3] = s[4] >= 0;
k[4] = (int32_t) (spent + (s[1] >= 0 ? pulse : 0));
""",
    "save": """
if (memcmp(id(kept_NAME), id(saved_NAME), sizeof(int32_t[8])) != 0) {
  kept_NAME->update();  // the component itself, which `id` would not give: it takes the value over
  global_preferences->sync();
}
""",
    "act": """
bool on = id(live_NAME)[1] >= 0;
bool news = on != id(told_NAME);
for (int i = 1; i < 8; i++) if (i != 4) news |= id(kept_NAME)[i] != id(saved_NAME)[i];
for (int i = 0; i < 8; i++) id(saved_NAME)[i] = id(kept_NAME)[i];
// Told once at each change: a relay that its second guard has put to rest stays at rest.
if (on != id(told_NAME)) {
  id(told_NAME) = on;
  if (on) id(relay_NAME).turn_on();
  else id(relay_NAME).turn_off();
}
if (news) id(say_NAME)->execute();
""",
    "say": """
char text[240], left[16] = "null";
int64_t *s = id(live_NAME);
int32_t *k = id(kept_NAME);
if (s[3] >= 0) snprintf(left, sizeof(left), "%.1f", (s[3] > s[0] ? s[3] - s[0] : 0) / 1000.0);
snprintf(text, sizeof(text),
         "{\\"remaining_seconds\\": %s, \\"number\\": %d, \\"fired\\": %d, \\"cutting\\": %s, "
         "\\"failed\\": %s, \\"locked\\": %s, \\"presses\\": %d, \\"reset\\": \\"%.40s\\"}",
         left, (int) k[1], (int) k[2], k[3] ? "true" : "false", k[7] ? "true" : "false",
         k[5] ? "true" : "false", (int) k[6], id(reset_reason).state.c_str());
return std::string(text);
""",
}


def fill(code: str, name: str, settings: StoveSettings) -> str:
    """The piece for one relay's channel, with the stove's settings as numbers.

    >>> fill("if (s[4] >= BLIND) wait(PAUSE, id(NAME));", "left", StoveSettings(()))
    'if (s[4] >= 2) wait(5000, id(left));'
    """
    words = {
        "NAME": name,
        "STALE": _milliseconds(settings.stale_seconds),
        "DEAF": "1000",
        "LONGEST": f"{_LONGEST_SECONDS}.0",
        "PULSE": _milliseconds(settings.pulse_seconds),
        "PAUSE": _milliseconds(settings.pause_seconds),
        "BOUND": _milliseconds(settings.energised_limit_seconds),
        "REST": _milliseconds(settings.rest_seconds),
        "BLIND": str(settings.blind_pulses),
        "FLAMEf": f"{settings.flame_millivolts:.3f}f",
        "OUTf": f"{settings.out_millivolts:.3f}f",
        "COUNT": str(_COUNT_MILLISECONDS),
    }
    for word, value in words.items():
        code = code.replace(word, value)
    return code


def _milliseconds(seconds: float) -> str:
    return str(round(1000 * seconds))
