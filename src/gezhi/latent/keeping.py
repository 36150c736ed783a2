"""Keeping a fitted model under a name, small enough to be handed on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gezhi.errors import ParameterError
from gezhi.kernel.bundle import Bundle, read_bundle, write_bundle
from gezhi.kernel.extras import require

__all__ = ["narrowed", "rewrite"]


def rewrite(
    source: Path | str,
    target: Path | str,
    *,
    name: str | None = None,
    int8: bool = False,
    training: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Any] | None = None,
) -> Bundle:
    """Write a bundle again: under another name, with int8 weights, or with more said of it.

    Args:
        source: folder of a verified bundle.
        target: folder to write; may be the same.
        name: the new name; the old one if None.
        int8: store large matrices in a byte a weight.
        training: added to what the bundle says of its training.
        metrics: added to what it says was measured.

    Raises:
        BundleError: `source` is no sound bundle.
        ParameterError: the name is out of its alphabet, or a weight cannot be stored so.
    """
    bundle = read_bundle(source)
    files = {one: bundle.path(one).read_bytes() for one in bundle.files}
    if int8:
        files = {one: narrowed(one, content) for one, content in files.items()}
    said = {**bundle.training, **(training or {}), **({"storage": "int8"} if int8 else {})}
    return write_bundle(
        target,
        name=name or bundle.name,
        version=bundle.version,
        kind=bundle.kind,
        files=files,
        parameters=bundle.parameters,
        inputs=bundle.inputs,
        outputs=bundle.outputs,
        preprocessing=bundle.preprocessing,
        metrics={**bundle.metrics, **(metrics or {})},
        training=said,
    )


def narrowed(name: str, content: bytes) -> bytes:
    """One file of a bundle with large matrices as int8 and a scale for each column.

    Raises:
        ParameterError: it is a file of no kind that holds weights.
    """
    if name.endswith(".onnx"):
        require("onnx", "train")
        from gezhi.kernel.export import stored

        return stored(content, "int8")
    if name == "weights.npz":
        from gezhi.latent.density.weights import packed, unpacked

        return packed(unpacked(content), "int8")
    if name in ("clusters.npz", "nearest.webp", "prior.npz"):
        return content
    raise ParameterError(f"{name} cannot be stored as int8")
