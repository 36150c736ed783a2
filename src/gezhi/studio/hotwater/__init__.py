"""The hot-water room: pipes that live, rules side by side, and the real house if there is one."""

__all__: list[str] = []
