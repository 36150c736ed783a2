"""Spoken commands to the stove, Chinese and English, as one of a few safe actions.

Width, traditional characters and typing errors are levelled (`normal`), pieces become words
(`lexicon`, whose words are `english.toml` and `chinese.toml`), numbers become durations
(`amounts`), places become burners (`burners`), and the whole becomes one command or none
(`meaning`). Where it does not, the one command among clauses that only tell something is looked
for (`clauses`, `told`): "the soup is done, turn off the stove".

>>> understand("turn off the left burner in twenty minutes").record()
{'action': 'off', 'burner': 'left', 'delay_seconds': 1200}
"""

from gezhi.home.speech.command import REASONS, Action, Command
from gezhi.home.speech.meaning import LONGEST_SECONDS, understand
from gezhi.home.speech.normal import LONGEST_CHARACTERS

__all__ = ["LONGEST_CHARACTERS", "LONGEST_SECONDS", "REASONS", "Action", "Command", "understand"]
