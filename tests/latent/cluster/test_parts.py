"""The parts of the clustering autoencoder, each against a known answer."""

import itertools

import numpy as np
import pytest
import torch

from gezhi.errors import ArrayError
from gezhi.latent.cluster.augmentation import Motion, lean, move
from gezhi.latent.cluster.items import Scaling, require_finite
from gezhi.latent.cluster.merging import agreed_number, merge
from gezhi.latent.cluster.model import Encoding
from gezhi.latent.cluster.neighbours import nearest, principal
from gezhi.latent.cluster.summary import gaussians, representatives


def modularity(joint, groups):
    return sum(
        joint[np.ix_(groups == g, groups == g)].sum() - joint[groups == g].sum() ** 2
        for g in set(groups)
    )


def test_merging_finds_the_grouping_that_no_other_beats():
    rng = np.random.default_rng(2)
    truth = np.array([0, 0, 1, 1, 2])
    joint = np.where(truth[:, None] == truth, 1.0, 0.05) * rng.uniform(0.5, 1, (5, 5))
    joint = (joint + joint.T) / 2
    joint /= joint.sum()
    found = merge(joint)
    best = max(modularity(joint, np.array(one)) for one in itertools.product(range(5), repeat=5))
    assert found.best == 3
    assert found.modularity[3] == pytest.approx(best)
    groups = found.groups(3).argmax(axis=1)
    assert modularity(joint, groups) == pytest.approx(best)
    for number in range(1, 6):
        table = found.groups(number)
        assert (table.sum(axis=1) == 1).all()
        assert (table.sum(axis=0) > 0).sum() == number
        assert modularity(joint, table.argmax(axis=1)) == pytest.approx(found.modularity[number])


def test_heads_agree_on_the_commonest_number():
    blocks = [merge(np.kron(np.eye(k), np.ones((2, 2)))) for k in (3, 4, 4, 5)]
    assert agreed_number(blocks) == 4


def test_with_one_part_the_neighbour_is_the_nearest():
    torch.manual_seed(0)
    x = torch.randn(50, 3)
    distance = torch.cdist(x, x).fill_diagonal_(torch.inf)
    assert torch.equal(nearest(x, 1)[:, 0], distance.argmin(dim=1))


def test_neighbours_are_others_the_nearest_first_and_few_are_missed():
    torch.manual_seed(0)
    x = torch.randn(400, 5)
    found = nearest(x, 4)
    distance = torch.cdist(x, x).fill_diagonal_(torch.inf)
    assert (found != torch.arange(400)[:, None]).all()
    assert (distance.gather(1, found).diff(dim=1) >= 0).all()
    assert all(len(set(row)) == 4 for row in found.tolist())
    true = distance.topk(4, largest=False).indices
    assert (found[:, :, None] == true[:, None]).any(dim=2).float().mean() > 0.7
    # Among a tenth of the items there are none of most items' own.
    among = nearest(x, 4, references=40)
    assert len(among.unique()) <= 40
    assert distance.gather(1, among).mean() > distance.gather(1, found).mean()


def test_small_sets_have_neighbours_too():
    torch.manual_seed(0)
    x = torch.randn(40, 2)
    for n, k in ((2, 1), (3, 2), (5, 4)):
        assert (nearest(x[:n], k) != torch.arange(n)[:, None]).all()


def test_principal_components_keep_the_largest_directions():
    torch.manual_seed(0)
    x = torch.randn(200, 6) * torch.tensor([9.0, 5.0, 0.1, 0.1, 0.1, 0.1])
    centred = x - x.mean(dim=0)
    expected = torch.linalg.svd(centred, full_matrices=False)[1][:2]
    assert torch.allclose(torch.linalg.norm(principal(x, 2), dim=0), expected, rtol=1e-4)


def test_a_picture_that_is_not_moved_is_the_picture():
    pictures = torch.rand(3, 2, 9, 7)
    still = move(pictures, Motion(), 0.0)
    assert torch.allclose(still, pictures, atol=1e-5)
    assert not torch.allclose(move(pictures, Motion(), 1.0), pictures, atol=0.05)


def test_a_shift_is_a_share_of_the_width():
    torch.manual_seed(0)
    picture = torch.zeros(400, 1, 20, 20)
    picture[:, :, 8:12, 8:12] = 1
    only = Motion(degrees=0, stretch=0, shear=0, shift=0.1, light=0, gain=0)
    moved = move(picture, only, 1.0)
    columns = torch.arange(20.0)
    at = (moved.sum(dim=(1, 2)) * columns).sum(dim=1) / moved.sum(dim=(1, 2, 3))
    assert (at - 9.5).abs().max() <= 2.01  # a tenth of 20 pixels
    assert (at - 9.5).abs().max() > 1.8


def test_a_row_leans_at_most_half_way():
    rows, near = torch.zeros(500, 2), torch.ones(500, 2)
    moved = lean(rows, near, 1.0)
    assert (moved[:, 0] == moved[:, 1]).all()
    assert 0 <= moved.min() < 0.02
    assert 0.48 < moved.max() <= 0.5


@pytest.mark.parametrize(
    ("items", "bounded"),
    [
        (np.random.default_rng(0).integers(0, 256, (9, 3), dtype=np.uint8), True),
        (np.random.default_rng(0).random((9, 3)), True),
        (np.random.default_rng(0).normal(40, 9, (9, 4, 4)), True),
        (np.random.default_rng(0).normal(40, [1, 9, 100], (9, 3)), False),
    ],
)
def test_scaling(items, bounded):
    scaling = Scaling.of(items, "auto")
    scaled = (items.reshape(9, -1) - scaling.shift) * scaling.factor
    assert scaling.bounded == bounded
    if bounded:
        assert 0 <= scaled.min() <= scaled.max() <= 1
    else:
        assert np.allclose(scaled.mean(0), 0)
        assert np.allclose(scaled.std(0), 1)
    again = Scaling.from_record(scaling.record())
    assert (again.shift == scaling.shift).all()
    assert (again.factor == scaling.factor).all()


def test_infinity_is_named_by_its_pixel():
    items = np.zeros((3, 2, 2))
    items[2, 1, 0] = np.inf
    with pytest.raises(ArrayError, match=r"infinity: row 2, pixel \(1, 0\)"):
        require_finite(items)


def test_a_clusters_gaussian_is_that_of_its_members():
    rng = np.random.default_rng(0)
    mean = rng.normal(size=(60, 2)) + np.repeat([[0, 0], [9, 9]], 30, axis=0)
    sure = np.repeat(np.eye(2), 30, axis=0)
    found = Encoding(mean, np.full((60, 2), -700.0), sure)
    centres, covariances = gaussians(found)
    for cluster, members in enumerate((mean[:30], mean[30:])):
        assert np.allclose(centres[cluster], members.mean(0))
        assert np.allclose(covariances[cluster], np.cov(members.T, bias=True))
    shown = representatives(found, centres)
    assert shown.shape == (2, 10)
    distance = np.linalg.norm(mean[:30] - centres[0], axis=1)
    assert shown[0].tolist() == np.argsort(distance)[:10].tolist()
