"""The sentiment room: Chinese reviews judged as they are typed, and whole files of them."""

__all__: list[str] = []
