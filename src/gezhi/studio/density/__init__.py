"""The room of DensityVAE: what is unusual in pictures or rows, why, and how small they pack."""

__all__: list[str] = []
