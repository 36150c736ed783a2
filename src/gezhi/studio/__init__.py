"""The studio: a local web page with one room for each system.

Nothing here computes: every room is a thin caller of the library function behind it. The page is
served on 127.0.0.1 only, and asks no other host for anything.
"""

__all__: list[str] = []
