"""The network that pictures are measured by: trained, kept, and one of a user's own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from gezhi.errors import ArrayError, BundleError, ParameterError
from gezhi.kernel.export import export_onnx
from gezhi.latent.ogan.features import PictureFeatures
from gezhi.latent.ogan.seeing import FEATURES, train_features


@pytest.fixture(scope="module")
def digits():
    found = load_digits()
    return (found.images * (255 / 16)).astype(np.uint8), found.target


@pytest.fixture(scope="module")
def seeing(digits):
    return train_features(*digits, epochs=20, seed=0)


def test_it_learns_what_labels_say_and_tells_features_apart(digits, seeing):
    x, y = digits
    assert seeing.classes == tuple("0123456789")
    assert seeing.metrics["accuracy"] > 0.9
    assert (seeing.predict(x) == y).mean() > 0.9
    found = seeing.features(x[:100])
    assert found.shape == (100, FEATURES)
    np.testing.assert_allclose(found[:7], seeing.features(x[:7]), atol=1e-5)


def test_the_same_seed_gives_the_same_network_and_nothing_global_is_seeded(digits):
    x, y = digits
    torch.manual_seed(5)
    before = torch.rand(1)
    torch.manual_seed(5)
    a, b = (train_features(x[:300], y[:300], epochs=1, seed=3) for _ in range(2))
    assert torch.equal(torch.rand(1), before)
    np.testing.assert_array_equal(a.features(x[:5]), b.features(x[:5]))


def test_without_labels_it_tells_every_picture_from_the_others(digits):
    x, _ = digits
    found = train_features(x, None, epochs=6, seed=0)
    # By chance one of a hundred.
    assert found.metrics["found_among_100"] > 0.3
    with pytest.raises(ParameterError, match="knows no classes"):
        found.predict(x[:2])


def test_a_bundle_gives_it_back(digits, seeing, tmp_path):
    seeing.save(tmp_path / "features", name="digits-features")
    again = PictureFeatures.load(tmp_path / "features")
    assert again.name == "digits-features 1"
    assert again.classes == seeing.classes
    np.testing.assert_array_equal(again.features(digits[0][:9]), seeing.features(digits[0][:9]))
    (tmp_path / "features" / "features.onnx").write_bytes(b"x")
    with pytest.raises(BundleError):
        PictureFeatures.load(tmp_path / "features")


def test_an_onnx_file_of_ones_own_sees_rgb_of_its_size(tmp_path):
    class Mean(torch.nn.Module):
        def forward(self, x):
            return x.mean(dim=(2, 3))

    content = export_onnx(
        Mean(), [{"x": torch.rand(n, 3, 6, 6)} for n in (3, 1)], outputs=("mean",),
        dynamic={"x": {0: "n"}, "mean": {0: "n"}},
    )  # fmt: skip
    path = tmp_path / "mine.onnx"
    path.write_bytes(content)
    mine = PictureFeatures.load(path)
    grey = np.full((5, 12, 12), 255, np.uint8)
    np.testing.assert_allclose(mine.features(grey), np.ones((5, 3)), atol=1e-6)
    colour = np.zeros((2, 24, 12, 3), np.uint8)
    colour[..., 1] = 255
    np.testing.assert_allclose(mine.features(colour), [[-1, 1, -1]] * 2, atol=1e-6)
    with pytest.raises(ParameterError, match="is a file already"):
        mine.save(tmp_path / "bundle")


def test_files_that_are_none_are_refused(tmp_path, digits):
    with pytest.raises(BundleError, match="cannot be read"):
        PictureFeatures.load(tmp_path / "missing.onnx")
    (tmp_path / "bad.onnx").write_bytes(b"nothing of the kind")
    with pytest.raises(BundleError):
        PictureFeatures.load(tmp_path / "bad.onnx").features(digits[0])


@pytest.mark.parametrize(
    ("count", "labels", "words"),
    [
        (20, None, "256 are the least"),
        (300, np.zeros(3), "300 labels are needed"),
        (300, np.zeros(300), "nothing to tell apart"),
    ],
)
def test_data_that_cannot_be_learnt_from_are_refused(digits, count, labels, words):
    with pytest.raises(ArrayError, match=words):
        train_features(digits[0][:count], labels, epochs=1)
