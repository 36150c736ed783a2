"""The room that draws, encodes, blends and edits pictures."""

__all__: list[str] = []
