"""Sentiment of Chinese reviews: the model people use, and the three inputs the post compared."""

__all__: list[str] = []
