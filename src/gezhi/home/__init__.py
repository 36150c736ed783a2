"""Home: hot water without the wait, on parts that cost a few coins each.

The controllers are pure functions: `gezhi.home.hotwater.step` runs in simulation, in enumeration
and in the house alike.
"""

__all__: list[str] = []
