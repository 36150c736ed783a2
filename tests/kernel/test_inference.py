"""Sessions: the answers of ONNX Runtime, with named errors in front."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from onnx import TensorProto, helper

from gezhi.errors import BundleError, ParameterError
from gezhi.kernel.bundle import write_bundle
from gezhi.kernel.inference import Session, default_threads, open_model


def affine_model() -> bytes:
    """y = 2 x + 1 for rows of three float32."""
    nodes = [
        helper.make_node("Mul", ["x", "two"], ["double"]),
        helper.make_node("Add", ["double", "one"], ["y"]),
    ]
    constants = [
        helper.make_tensor("two", TensorProto.FLOAT, [], [2.0]),
        helper.make_tensor("one", TensorProto.FLOAT, [], [1.0]),
    ]
    shape = ["rows", 3]
    graph = helper.make_graph(
        nodes,
        "affine",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model.SerializeToString()


@pytest.fixture
def path(tmp_path):
    (tmp_path / "model.onnx").write_bytes(affine_model())
    return tmp_path / "model.onnx"


def test_a_session_computes(path):
    session = Session(path, threads=1)
    rows = np.arange(6, dtype=np.float32).reshape(2, 3)
    (answer,) = session.run({"x": rows})
    np.testing.assert_array_equal(answer, 2 * rows + 1)
    assert session.inputs == {"x": ["rows", 3]}
    assert session.outputs == {"y": ["rows", 3]}


def test_a_session_survives_pickling(path):
    rows = np.ones((1, 3), dtype=np.float32)
    session = pickle.loads(pickle.dumps(Session(path, threads=1)))
    np.testing.assert_array_equal(session.run({"x": rows})[0], [[3, 3, 3]])


@pytest.mark.parametrize(
    "feeds",
    [
        {},
        {"z": np.ones((1, 3), dtype=np.float32)},
        {"x": np.ones((1, 4), dtype=np.float32)},
        {"x": np.ones(3, dtype=np.float32)},
        {"x": np.ones((1, 3), dtype=np.int64)},
        {"x": np.ones((1, 3), dtype=np.float32), "z": np.ones(1)},
    ],
    ids=["none", "unknown", "wide", "flat", "integers", "extra"],
)
def test_a_wrong_feed_is_named(path, feeds):
    with pytest.raises(ParameterError, match=r"model\.onnx takes"):
        Session(path, threads=1).run(feeds)


def test_threads_are_the_users_choice(path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert default_threads() == 3
    assert Session(path).threads == 3
    assert Session(path, threads=1).threads == 1
    for nonsense in ("", "0", "many", "-1"):
        monkeypatch.setenv("OMP_NUM_THREADS", nonsense)
        assert default_threads() >= 1
    with pytest.raises(ParameterError, match="threads"):
        Session(path, threads=0)


@pytest.mark.parametrize("content", [b"", b"not a model", affine_model()[:-40]])
def test_what_is_no_model_is_named(tmp_path, content):
    (tmp_path / "broken.onnx").write_bytes(content)
    with pytest.raises(BundleError, match=r"broken\.onnx"):
        Session(tmp_path / "broken.onnx", threads=1)
    with pytest.raises(BundleError, match=r"missing\.onnx"):
        Session(tmp_path / "missing.onnx", threads=1)


def bundle_saying(folder, inputs, outputs):
    return write_bundle(
        folder,
        name="affine",
        version="1",
        kind="test",
        files={"model.onnx": affine_model()},
        parameters={},
        inputs=inputs,
        outputs=outputs,
        preprocessing={},
        metrics={},
        training={},
    )


def test_a_model_that_is_what_its_bundle_says_opens(tmp_path):
    bundle = bundle_saying(tmp_path / "affine", {"x": [None, 3]}, {"y": ["any", 3]})
    assert open_model(bundle, threads=1).threads == 1


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ({"x": [None, 4]}, {"y": [None, 3]}),
        ({"x": [None]}, {"y": [None, 3]}),
        ({"z": [None, 3]}, {"y": [None, 3]}),
        ({"x": [None, 3]}, {}),
    ],
)
def test_a_model_that_is_not_what_its_bundle_says_is_refused(tmp_path, inputs, outputs):
    bundle = bundle_saying(tmp_path / "affine", inputs, outputs)
    with pytest.raises(BundleError, match=r"but bundle\.json says"):
        open_model(bundle, threads=1)


def test_a_session_leaves_no_report_for_anyone(path, tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CACHE_HOME", "ORT_DISABLE_TELEMETRY"):
        monkeypatch.delenv(name, raising=False)
    program = "import sys, gezhi.kernel.inference as i; i.Session(sys.argv[1], threads=1)"
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
    assert list(home.rglob("*")) == []
