"""ONNX Runtime sessions on the processor, with a thread count that is honoured."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gezhi.errors import BundleError, ParameterError
from gezhi.kernel.bundle import Bundle
from gezhi.kernel.parallel import available_cores

__all__ = ["Session", "default_threads", "load_runtime", "open_model"]


def load_runtime() -> Any:
    """The module ``onnxruntime``, kept from reporting.

    Its packages of 2026 store what they run on (processor, system, path of the program) in the
    cache folder and send it to their maker, unless this variable is set before the module loads.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    return onnxruntime


def default_threads() -> int:
    """The number of threads a session uses unless told: ``OMP_NUM_THREADS``, else every core.

    >>> default_threads() >= 1
    True
    """
    asked = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return int(asked) if asked.isdigit() and int(asked) > 0 else available_cores()


class Session:
    """One ONNX model, opened on the processor.

    Args:
        path: the model file, or its bytes.
        threads: how many threads one run may use; `default_threads` when None.

    Attributes:
        inputs: name of each input and its shape: ints, or names of free dimensions.
        outputs: the same for the outputs, in the order that `run` returns them.

    Raises:
        BundleError: the file is missing or is not an ONNX model.
        ParameterError: ``threads`` is below 1.
    """

    def __init__(self, path: Path | bytes, *, threads: int | None = None) -> None:
        if threads is not None and threads < 1:
            raise ParameterError(f"threads must be 1 or more, not {threads}")
        self.path = Path("model.onnx") if isinstance(path, bytes) else Path(path)
        self.threads = threads if threads is not None else default_threads()
        self._model = path if isinstance(path, bytes) else None
        self._session = _open(path, self.threads)
        self.inputs = {one.name: list(one.shape) for one in self._session.get_inputs()}
        self.outputs = {one.name: list(one.shape) for one in self._session.get_outputs()}

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopen, (self.path if self._model is None else self._model, self.threads)

    def run(self, feeds: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Every output for the named inputs, in the model's own order.

        Raises:
            ParameterError: an input is missing, unknown, or of a shape or type that the model
                does not take.
        """
        if feeds.keys() != self.inputs.keys():
            raise ParameterError(
                f"{self.path.name} takes the inputs {', '.join(sorted(self.inputs))}, "
                f"not {', '.join(sorted(feeds)) or 'none'}"
            )
        from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

        try:
            answers = self._session.run(None, dict(feeds))
        except InvalidArgument as error:
            given = ", ".join(f"{name} {array.dtype}{array.shape}" for name, array in feeds.items())
            raise ParameterError(f"{self.path.name} takes {self.inputs}, not {given}") from error
        return [np.asarray(answer) for answer in answers]


def open_model(bundle: Bundle, file: str = "model.onnx", *, threads: int | None = None) -> Session:
    """Open a bundle's model and check that it takes and gives what the bundle says.

    Raises:
        BundleError: the file is not in the bundle, is not a model, or has other inputs or
            outputs than ``bundle.inputs`` and ``bundle.outputs`` name: another name, another
            number of dimensions, or another size where both are fixed.
    """
    session = Session(bundle.path(file), threads=threads)
    for side, said, found in (
        ("inputs", bundle.inputs, session.inputs),
        ("outputs", bundle.outputs, session.outputs),
    ):
        if said.keys() != found.keys() or any(
            not _same_shape(said[name], found[name]) for name in said
        ):
            raise BundleError(
                f"{bundle.folder / file} has the {side} {found}, but bundle.json says {dict(said)}"
            )
    return session


def _same_shape(said: list[Any], found: list[Any]) -> bool:
    return len(said) == len(found) and all(
        one == other
        for one, other in zip(said, found, strict=True)
        if isinstance(one, int) and isinstance(other, int)
    )


def _open(path: Path | bytes, threads: int) -> Any:
    onnxruntime = load_runtime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            path if isinstance(path, bytes) else str(path),
            sess_options=options,
            providers=["CPUExecutionProvider"],
        )
    except Exception as error:  # its errors share no base class but this one
        name = "a model in memory" if isinstance(path, bytes) else path
        raise BundleError(
            f"{name} cannot be opened as an ONNX model: {_first_line(error)}"
        ) from error


def _reopen(path: Path | bytes, threads: int) -> Session:
    return Session(path, threads=threads)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
