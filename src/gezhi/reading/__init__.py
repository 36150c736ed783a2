"""Reading: what Chinese text says. Sentiment is the first room of this wing."""

__all__: list[str] = []
