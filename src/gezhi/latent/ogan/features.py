"""`PictureFeatures`: what a small network, trained apart, sees in pictures. Needs no torch.

Generated pictures are measured by it, and told which class they are of. It is a bundle of its own,
so that figures can be compared only where its name and version are the same. Any ONNX file that
takes pictures does as well, such as InceptionV3 of one's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import BundleError, ParameterError
from gezhi.kernel.inference import Session
from gezhi.kernel.pictures import as_bytes, scaled_picture
from gezhi.latent.ogan.scaling import Scaling, as_pictures

if TYPE_CHECKING:
    from gezhi.kernel.bundle import Bundle

__all__ = ["FEATURES_KIND", "PictureFeatures"]

FEATURES_KIND = "picture-features"
_FILE = "features.onnx"
_BLOCK = 64
_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PictureFeatures:
    """A network from pictures to features, and to classes where it was trained with labels.

    Attributes:
        content: the ONNX graph, as bytes.
        scaling: of the pictures; None where the file is a user's own, which gets RGB in [−1, 1]
            of the size it names, (n, 3, height, width).
        classes: names; empty where it knows none.
        name: of its bundle or file, for tables.
        metrics, training: what the bundle says.
    """

    content: bytes
    scaling: Scaling | None
    classes: tuple[str, ...] = ()
    name: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def _session(self) -> Session:
        return Session(self.content)

    def features(self, X: Any) -> _Floats:
        """The features of pictures (n, height, width[, channels]), (n, d).

        Raises:
            ArrayError: pictures of another shape than it was trained on, or with NaN.
        """
        return self._run(X)[0]

    def predict(self, X: Any) -> NDArray[np.int64]:
        """The number in `classes` of each picture, (n,).

        Raises:
            ParameterError: it was trained without labels.
        """
        if not self.classes:
            raise ParameterError(f"{self.name or 'this network'} knows no classes")
        return np.asarray(self._run(X)[1].argmax(axis=1), np.int64)

    def _run(self, X: Any) -> list[_Floats]:
        seen = self._seen(X)
        (entry,) = self._session.inputs
        answers = [
            self._session.run({entry: seen[begin : begin + _BLOCK]})
            for begin in range(0, len(seen), _BLOCK)
        ]
        joined = [np.concatenate(one).astype(np.float64) for one in zip(*answers, strict=True)]
        return [one.reshape(len(seen), -1) for one in joined]

    def _seen(self, X: Any) -> NDArray[np.float32]:
        if self.scaling is not None:
            return self.scaling.seen(as_pictures(X, self.scaling.shape))
        (sides,) = self._session.inputs.values()
        if len(sides) != 4 or sides[1] != 3 or not all(isinstance(one, int) for one in sides[2:]):
            raise BundleError(
                f"{self.name} takes {sides}; a network of one's own must take (n, 3, height, width)"
            )
        pictures = as_bytes(as_pictures(X))
        if pictures.ndim == 3 or pictures.shape[3] == 1:
            pictures = np.stack([pictures.reshape(pictures.shape[:3])] * 3, axis=-1)
        size = (int(sides[2]), int(sides[3]))
        brought = np.stack([scaled_picture(one, size) for one in pictures[..., :3]])
        return (brought.astype(np.float32) / np.float32(127.5) - 1).transpose(0, 3, 1, 2)

    # ---- bundles

    def save(self, folder: Path | str, *, name: str = "features") -> Bundle:
        """Write it as a bundle."""
        from gezhi.kernel.bundle import write_bundle

        if self.scaling is None:
            raise ParameterError("a network of one's own is a file already")
        height, width, colours = self.scaling.full_shape
        outputs: dict[str, Any] = {"features": ["n", int(self.training["features"])]}
        if self.classes:
            outputs["classes"] = ["n", len(self.classes)]
        return write_bundle(
            folder,
            name=name,
            version="1",
            kind=FEATURES_KIND,
            files={_FILE: self.content},
            parameters={"classes": list(self.classes)},
            inputs={"x": ["n", height, width, colours]},
            outputs=outputs,
            preprocessing=self.scaling.record(),
            metrics=dict(self.metrics),
            training=dict(self.training),
        )

    @classmethod
    def load(cls, source: Path | str) -> Self:
        """From a bundle's name or folder, or from an ``.onnx`` file of one's own.

        Raises:
            BundleError: there is no such bundle or file, or it is damaged.
        """
        path = Path(source)
        if path.suffix == ".onnx":
            try:
                return cls(path.read_bytes(), None, name=path.name)
            except OSError as error:
                raise BundleError(f"{path} cannot be read: {error.strerror}") from None
        from gezhi.kernel.registry import find_bundle

        bundle = find_bundle(source, kind=FEATURES_KIND)
        return cls(
            bundle.path(_FILE).read_bytes(),
            Scaling.from_record(bundle.preprocessing),
            tuple(str(one) for one in bundle.parameters.get("classes", [])),
            f"{bundle.name} {bundle.version}",
            bundle.metrics,
            bundle.training,
        )
