"""The stove room: one to press and turn, the real one if there is one, and the last proof."""

__all__: list[str] = []
