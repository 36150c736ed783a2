"""Printed Chinese: from pictures to text. Its parts so far: grey layers."""

__all__: list[str] = []
