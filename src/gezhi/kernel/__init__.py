"""What several wings need and none of them owns: bundles, data, sessions, files, progress."""

__all__: list[str] = []
