"""Latent: what unlabelled pictures or rows are made of, learnt by variational autoencoders."""

__all__: list[str] = []
