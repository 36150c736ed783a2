"""The papers room: paste anything or drop a file, and see the papers in it with their links."""

__all__: list[str] = []
