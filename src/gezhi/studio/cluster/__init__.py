"""The room of ClusterVAE: a map of clusters, and a person's own pictures or rows."""

__all__: list[str] = []
