"""ClusterVAE: scikit-learn's conventions, bundles, resuming, and clusters that are there."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from gezhi.errors import ArrayError, BundleError, ParameterError
from gezhi.latent import ClusterVAE

torch.set_num_threads(1)  # tiny networks only wait for one another

TINY = {
    "width": 32, "blocks": 1, "label_width": 64, "n_heads": 5, "latent_dim": 5,
    "learning_rate": 2e-2,
}  # fmt: skip


def small(n_clusters=3, **parameters):
    return ClusterVAE(n_clusters, **{"random_state": 0, "n_steps": 60, **TINY, **parameters})


def blobs(each=40, seed=0):
    rng = np.random.default_rng(seed)
    middles = np.array([[-5, 0, 0, 2], [5, 0, 1, 0], [0, 6, 0, -3]])
    y = np.repeat(np.arange(3), each)
    return middles[y] + rng.normal(size=(len(y), 4)), y


def bars(n=60, seed=0):
    """Pictures of an upright or a lying bar, somewhere near the middle."""
    rng = np.random.default_rng(seed)
    pictures, y = np.zeros((n, 12, 12), np.uint8), rng.integers(0, 2, n)
    for picture, lying in zip(pictures, y, strict=True):
        at = rng.integers(4, 7)
        picture[at : at + 2, 2:10] = rng.integers(150, 255)
        if not lying:
            picture[:] = picture.T.copy()
    return pictures, y


@pytest.fixture(scope="module")
def fitted():
    return small(n_steps=100, learning_rate=1e-2).fit(blobs()[0])


@parametrize_with_checks([ClusterVAE(n_steps=40, **TINY)])
def test_scikit_learn_agrees(estimator, check):
    check(estimator)


def test_blobs_are_found(fitted):
    X, y = blobs()
    assert adjusted_rand_score(y, fitted.labels_) > 0.95
    new, truth = blobs(seed=9)
    assert adjusted_rand_score(truth, fitted.predict(new)) > 0.95
    assert fitted.confidence_.shape == (120,)
    assert np.allclose(fitted.predict_proba(X).max(axis=1), fitted.confidence_)
    assert fitted.proportions_.sum() == pytest.approx(1)
    for cluster, shown in enumerate(fitted.representatives_):
        assert (fitted.labels_[shown] == cluster).all()


def test_what_is_drawn_belongs_to_its_cluster(fitted):
    for cluster in range(3):
        drawn = fitted.sample(40, cluster=cluster, random_state=1)
        assert (fitted.predict(drawn) == cluster).mean() > 0.8
    assert (fitted.sample(5) == fitted.sample(5)).all()
    assert fitted.sample(7, random_state=3).shape == (7, 4)


def test_reconstructions_are_near_and_codes_decode_to_them(fitted):
    X, _ = blobs()
    again = fitted.reconstruct(X)
    spread = np.square(X - X.mean(axis=0)).sum()
    assert np.square(X - again).sum() < 0.6 * spread
    assert np.array_equal(fitted.inverse_transform(fitted.transform(X)), again)


def test_pictures_are_grouped_by_shape(tmp_path):
    X, y = bars()
    model = small(2, n_steps=100).fit(X)
    assert adjusted_rand_score(y, model.labels_) > 0.8
    assert model.sample(3, cluster=1).shape == (3, 12, 12)
    drawn = model.sample(20)
    assert 0 <= drawn.min() <= drawn.max() <= 255
    assert (model.predict(X) == model.labels_).all()
    model.save(tmp_path / "bars")
    again = ClusterVAE.load(tmp_path / "bars")
    assert (again.predict(X) == model.labels_).all()
    assert (again.reconstruct(X[:3]) == model.reconstruct(X[:3])).all()


def test_the_number_of_clusters_is_found():
    X, y = blobs(each=80)
    model = small(None).fit(X)
    assert 3 <= model.n_clusters_ <= 5  # of few items; 30 to begin with
    assert model.evidence_[3] > max(model.evidence_[2], model.evidence_[12])
    assert adjusted_rand_score(y, model.labels_) > 0.5
    assert model.predict_proba(X).shape == (240, model.n_clusters_)
    assert np.allclose(model.predict_proba(X).sum(axis=1), 1)


def test_the_posts_objective_learns_and_draws_from_its_prior():
    X, _ = blobs()
    model = small(objective="elbo", n_steps=200).fit(X)
    assert model.losses_[-1] < 0.7 * model.losses_[0]
    assert np.array_equal(model.model_.covariances, np.broadcast_to(np.eye(5), (3, 5, 5)))
    assert model.sample(4, cluster=0).shape == (4, 4)


def test_the_same_seed_gives_the_same_model_and_seeds_nothing_global():
    X, _ = blobs()
    state, torch_state = np.random.get_state()[1].copy(), torch.random.get_rng_state()
    first, second = (small().fit(X).predict_proba(X) for _ in range(2))
    assert (first == second).all()
    assert (np.random.get_state()[1] == state).all()
    assert torch.equal(torch.random.get_rng_state(), torch_state)
    assert not np.allclose(first, small(random_state=1).fit(X).predict_proba(X))


class Stop(Exception):
    pass


@pytest.mark.parametrize("parameters", [{}, {"n_clusters": None}, {"objective": "elbo"}])
@pytest.mark.parametrize("interrupted_at", [17, 50])
def test_a_training_that_was_interrupted_gives_the_same_numbers(
    tmp_path, parameters, interrupted_at
):
    X, _ = blobs()
    parameters = {"n_clusters": 3, **parameters}

    def interrupt(done, total, message):
        assert total == 60
        if done == interrupted_at:
            raise Stop

    whole = small(**parameters).fit(X)
    checkpoint = tmp_path / "round.pt"
    with pytest.raises(Stop):
        small(**parameters, checkpoint=checkpoint, report=interrupt).fit(X)
    resumed = small(**parameters, checkpoint=checkpoint).fit(X)
    assert (resumed.predict_proba(X) == whole.predict_proba(X)).all()
    assert resumed.losses_ == whole.losses_
    assert resumed.evidence_ == whole.evidence_


def test_a_checkpoint_of_other_items_is_not_taken_up(tmp_path):
    X, _ = blobs()
    small(n_steps=20, checkpoint=tmp_path / "round.pt").fit(X)
    with pytest.raises(ParameterError, match="another training"):
        small(n_steps=20, checkpoint=tmp_path / "round.pt").fit(X + 1)


def test_it_stops_early_and_says_how_far_it_went():
    X, _ = blobs()
    model = small(n_steps=400, patience=1, learning_rate=1e-6).fit(X)
    assert model.n_iter_ < 400
    assert len(model.losses_) == len(model.information_) == model.n_iter_ // 20


def test_a_warm_start_goes_on_from_where_it_was():
    X, _ = blobs()
    model = small(warm_start=True).fit(X)
    before = model.labels_
    model.set_params(n_steps=20).fit(X)
    fresh = small(n_steps=20).fit(X)
    assert model.losses_[0] < fresh.losses_[0]
    assert model.losses_[-1] < fresh.losses_[-1]
    assert (model.labels_ == before).mean() > 0.95  # the groups keep their numbers
    with pytest.raises(ParameterError, match="warm_start needs the sizes"):
        model.set_params(width=17).fit(X)


def test_divergence_is_an_error_and_not_a_model(monkeypatch, tmp_path):
    def broken(x, mean):
        return (x - mean).sum(dim=1) * torch.nan

    monkeypatch.setattr("gezhi.latent.cluster.training.gaussian_nats", broken)
    model = small(checkpoint=tmp_path / "round.pt")
    with pytest.raises(ParameterError, match="loss became nan"):
        model.fit(blobs()[0])
    assert not hasattr(model, "labels_")
    assert not (tmp_path / "round.pt").exists()


def test_a_bundle_predicts_the_same_in_the_base_install(fitted, tmp_path):
    X, _ = blobs()
    folder = tmp_path / "three"
    fitted.save(folder)
    again = ClusterVAE.load(folder)
    assert (again.predict_proba(X) == fitted.predict_proba(X)).all()
    assert (again.sample(5, random_state=0) == fitted.sample(5, random_state=0)).all()
    assert again.n_clusters_ == 3
    extras = ["torch", "onnx", "onnxscript", "safetensors", "sklearn", "scipy"]
    code = (
        f"import sys\nsys.modules.update(dict.fromkeys({extras!r}))\n"
        "import json, numpy as np\nfrom gezhi.latent.cluster.model import ClusterModel\n"
        f"model, bundle = ClusterModel.read({str(folder)!r})\nX = np.array({X[:5].tolist()!r})\n"
        "print(json.dumps(model.encode(X).probabilities.tolist()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert np.allclose(json.loads(done.stdout), fitted.predict_proba(X[:5]), rtol=1e-12)


def test_a_damaged_or_foreign_bundle_is_refused(fitted, tmp_path):
    fitted.save(tmp_path / "three")
    file = tmp_path / "three" / "encoder.onnx"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(BundleError, match="damaged"):
        ClusterVAE.load(tmp_path / "three")
    from gezhi.kernel.registry import find_bundle

    with pytest.raises(BundleError, match="not 'cluster-vae'"):
        ClusterVAE.load(find_bundle("sentiment").folder)


def test_it_pickles_and_a_clone_is_not_fitted(fitted):
    X, _ = blobs()
    again = pickle.loads(pickle.dumps(fitted))
    assert (again.predict_proba(X) == fitted.predict_proba(X)).all()
    with pytest.raises(NotFittedError):
        clone(fitted).predict(X)


def test_a_rows_answer_depends_on_nothing_but_the_row(fitted):
    X, _ = blobs()
    alone = np.concatenate([fitted.predict_proba(X[i : i + 1]) for i in range(7)])
    assert np.allclose(alone, fitted.predict_proba(X)[:7], rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_clusters": 0}, "n_clusters must be a whole number from 1 or None, not 0"),
        ({"n_steps": 5}, "n_steps must be a whole number from 20 or None, not 5"),
        ({"batch_size": 2.5}, "batch_size must be a whole number from 2, not 2.5"),
        ({"objective": "best"}, "objective must be one of .*, not 'best'"),
        ({"learning_rate": float("nan")}, r"learning_rate must lie in \(0, 1\], not nan"),
        ({"balance": 0}, r"balance must lie in \(0, 10\], not 0"),
        ({"n_heads": True}, "n_heads must be a whole number from 1, not True"),
        ({"n_clusters": None, "objective": "elbo"}, "n_clusters=None needs objective='mutual'"),
        ({"augment": True}, "augment=True needs pictures"),
        ({"device": "abacus"}, "device must be auto"),
    ],
)
def test_a_parameter_out_of_range_is_named(parameters, message):
    with pytest.raises(ParameterError, match=message):
        small(**parameters).fit(blobs()[0])


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (np.array([[1.0, np.nan], [0, 1], [2, 3]]), "NaN: row 0, column 1"),
        (np.array([[1.0, 2], [0, -np.inf], [2, 3]]), "infinity: row 1, column 1"),
        (np.ones((1, 4)), "1 sample"),
        (np.ones((2, 4)), "n_samples=2 should be >= n_clusters=3"),
        (np.ones((5, 2, 2, 2, 2)), "give "),
        (np.ones(5), "1D array"),
        (np.ones((5, 0)), "0 feature"),
        (np.array([["a", "b"]] * 4), "numeric"),
    ],
)
def test_bad_items_are_named(items, message):
    with pytest.raises(ArrayError, match=message):
        small().fit(items)


def test_items_of_another_shape_or_unit_are_refused(fitted):
    with pytest.raises(ArrayError, match="5 features, but ClusterVAE is expecting 4"):
        fitted.predict(np.ones((2, 5)))
    with pytest.raises(ArrayError, match=r"shape \(2, 2\), but the model was fitted on \(4,\)"):
        fitted.predict(np.ones((3, 2, 2)))
    X, _ = bars()
    model = small(2, n_steps=20).fit(X)
    with pytest.raises(ArrayError, match="multiply by 255"):
        model.predict(X / 255)
    assert (model.predict(X.astype(float)) == model.labels_).all()
    with pytest.raises(ArrayError, match=r"shape \(12, 11\)"):
        model.predict(X[:, :, :11])
    with pytest.raises(ParameterError, match="cluster must be from 0 to 1, not 2"):
        model.sample(cluster=2)
    with pytest.raises(ArrayError, match=r"Z must have the shape \(n, 5\)"):
        model.inverse_transform(np.ones((2, 4)))


def test_constant_columns_and_equal_items_do_no_harm():
    X, y = blobs()
    X = np.column_stack([X, np.full(len(X), 7.0)])
    model = small().fit(X)
    assert adjusted_rand_score(y, model.labels_) > 0.9
    assert np.allclose(model.reconstruct(X)[:, 4], 7)
    same = small(n_steps=20).fit(np.ones((10, 3)))
    assert set(same.labels_) <= {0, 1, 2}
    assert np.isfinite(same.predict_proba(np.ones((1, 3)))).all()
