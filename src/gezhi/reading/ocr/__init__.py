"""Printed Chinese: from pictures to text. Its parts so far: grey layers, connected components."""

__all__: list[str] = []
