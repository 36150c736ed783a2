"""A trained clustering autoencoder that answers without torch: two ONNX graphs in float64."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import BundleError, ParameterError
from gezhi.kernel.bundle import Bundle, write_bundle
from gezhi.kernel.inference import Session, default_threads
from gezhi.kernel.registry import find_bundle
from gezhi.latent.cluster.items import Scaling, flattened

__all__ = ["KIND", "ClusterModel", "Encoding"]

KIND = "cluster-vae"
_ENCODER, _DECODER, _CLUSTERS = "encoder.onnx", "decoder.onnx", "clusters.npz"
_BLOCK = 2048


@dataclass(frozen=True)
class Encoding:
    """p(z|x) and p(y|z) of items, float64: (n, latent), (n, latent) and (n, clusters)."""

    mean: NDArray[np.float64]
    log_variance: NDArray[np.float64]
    probabilities: NDArray[np.float64]


class ClusterModel:
    """Encodes, labels, decodes and draws; picklable.

    Args:
        files: the two graphs and the clusters' Gaussians, as `gezhi.latent.cluster.export` and
            `with_gaussians` make them.
        shape: of one item.
        scaling: of the items.
    """

    def __init__(
        self, files: Mapping[str, bytes], shape: tuple[int, ...], scaling: Scaling
    ) -> None:
        self.files, self.shape, self.scaling = dict(files), shape, scaling
        self._encoder = Session(self.files[_ENCODER], threads=default_threads())
        self._decoder = Session(self.files[_DECODER], threads=default_threads())
        self.centres, self.covariances = _read_gaussians(self.files.get(_CLUSTERS))

    def encode(self, items: NDArray[Any]) -> Encoding:
        """The codes of items (n, ...) in the user's units."""
        rows, parts = flattened(items), []
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK].astype(np.float64)
            scaled = (block - self.scaling.shift) * self.scaling.factor
            parts.append(self._encoder.run({"x": scaled}))
        return Encoding(*(np.concatenate(part) for part in zip(*parts, strict=True)))

    def decode(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mean of q(x|z) for z (n, latent), in the user's units and shape."""
        parts = [
            self._decoder.run({"z": z[start : start + _BLOCK]})[0]
            for start in range(0, len(z), _BLOCK)
        ]
        factor = self.scaling.factor
        width = np.where(factor == 0, 0, 1 / np.where(factor == 0, 1, factor))
        rows: NDArray[np.float64] = np.concatenate(parts) * width + self.scaling.shift
        return rows.reshape(len(z), *self.shape)

    def with_gaussians(
        self, centres: NDArray[np.float64], covariances: NDArray[np.float64]
    ) -> ClusterModel:
        """The same with q(z|y) = N(centres[y], covariances[y]) for drawing."""
        buffer = io.BytesIO()
        np.savez(buffer, centres=centres, covariances=covariances)
        files = {**self.files, _CLUSTERS: buffer.getvalue()}
        return type(self)(files, self.shape, self.scaling)

    def draw(
        self, clusters: NDArray[np.int64], generator: np.random.RandomState
    ) -> NDArray[np.float64]:
        """z from q(z|y) for each cluster of ``clusters``, (n, latent)."""
        noise = generator.standard_normal((len(clusters), self.centres.shape[1]))
        answer = np.empty_like(noise)
        for cluster in np.unique(clusters):
            root = _root(self.covariances[cluster])
            chosen = clusters == cluster
            answer[chosen] = self.centres[cluster] + noise[chosen] @ root.T
        return answer

    def along(self, cluster: int, deviations: Sequence[float]) -> NDArray[np.float64]:
        """z (1, latent) of a cluster's middle, moved along its widest directions.

        Args:
            cluster: its number.
            deviations: how far along the widest direction, the next and so on, in standard
                deviations of the cluster; at most as many as z has numbers.

        Raises:
            ParameterError: there is no such cluster, or there are too many numbers.
        """
        clusters, latent = self.centres.shape
        if not 0 <= cluster < clusters:
            raise ParameterError(f"there is no cluster {cluster}; they are 0 to {clusters - 1}")
        if len(deviations) > latent:
            raise ParameterError(f"{len(deviations)} directions were given; z has {latent}")
        values, vectors = np.linalg.eigh(self.covariances[cluster])
        far = np.zeros(latent)
        far[: len(deviations)] = deviations
        # eigh gives the narrowest direction first; its sign is made the same everywhere.
        widest = vectors[:, ::-1] * np.sqrt(values[::-1].clip(0))
        widest *= np.where(widest[np.abs(widest).argmax(0), range(latent)] < 0, -1, 1)
        return np.asarray((self.centres[cluster] + widest @ far)[None])

    def write(
        self,
        folder: Path | str,
        *,
        name: str,
        parameters: Mapping[str, Any],
        metrics: Mapping[str, Any],
        training: Mapping[str, Any],
    ) -> Bundle:
        """Write a bundle that `read` opens."""
        features, (clusters, latent) = len(self.scaling.shift), self.centres.shape
        return write_bundle(
            folder,
            name=name,
            version="1",
            kind=KIND,
            files=self.files,
            parameters=parameters,
            inputs={"x": ["n", features]},
            outputs={
                "mean": ["n", latent], "log_variance": ["n", latent],
                "probabilities": ["n", clusters],
            },
            preprocessing={"shape": list(self.shape), "scaling": self.scaling.record()},
            metrics=metrics,
            training=training,
        )  # fmt: skip

    @classmethod
    def read(cls, source: Path | str) -> tuple[Self, Bundle]:
        """The model of a bundle, by name or folder, and the bundle.

        Raises:
            BundleError: there is no such bundle, it is damaged, or it is of another kind.
        """
        bundle = find_bundle(source, kind=KIND)
        try:
            shape = tuple(int(one) for one in bundle.preprocessing["shape"])
            scaling = Scaling.from_record(bundle.preprocessing["scaling"])
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"{bundle.folder} lacks its preprocessing: {error}") from error
        files = {name: bundle.path(name).read_bytes() for name in (_ENCODER, _DECODER, _CLUSTERS)}
        model = cls(files, shape, scaling)
        _require_agreement(model, bundle)
        return model, bundle


def _require_agreement(model: ClusterModel, bundle: Bundle) -> None:
    """The graphs, the Gaussians, the scaling and what the bundle says must be of one model."""
    features, (clusters, latent) = len(model.scaling.shift), model.centres.shape
    found = {**model._encoder.inputs, **model._encoder.outputs, **model._decoder.inputs}
    wanted = {
        "x": features, "mean": latent, "log_variance": latent, "probabilities": clusters,
        "z": latent,
    }  # fmt: skip
    if int(np.prod(model.shape)) != features or any(
        name not in found or len(found[name]) != 2 or found[name][1] != size
        for name, size in wanted.items()
    ):
        raise BundleError(
            f"{bundle.folder} does not fit together: its graphs have the shapes {found}, and its "
            f"description says {wanted}"
        )


def _read_gaussians(
    content: bytes | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if content is None:
        return np.zeros((0, 0)), np.zeros((0, 0, 0))
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return arrays["centres"], arrays["covariances"]
    except (KeyError, ValueError, zipfile.BadZipFile, OSError) as error:
        raise BundleError(f"{_CLUSTERS} cannot be read: {error}") from error


def _root(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """A with A Aᵀ = the covariance, which may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    answer: NDArray[np.float64] = vectors * np.sqrt(values.clip(min=0))
    return answer
