"""Each formula against the slowest way to compute it."""

import itertools
import math

import numpy as np
import pytest
import torch

from gezhi.latent.cluster.objectives import (
    bernoulli_nats,
    contrastive_information,
    elbo,
    gaussian_nats,
    label_divergence,
    latent_divergence,
    mutual_information,
)


def normal_log_density(x, mean, variance):
    return -0.5 * (math.log(2 * math.pi * variance) + (x - mean) ** 2 / variance)


@pytest.fixture
def drawn():
    generator = torch.Generator().manual_seed(4)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    n, features, latent, clusters = 5, 7, 3, 4
    mean, log_variance, noise = normal(n, latent), normal(n, latent), normal(n, latent)
    return {
        "x": torch.rand(n, features, generator=generator, dtype=torch.float64),
        "output": normal(n, features),
        "mean": mean.requires_grad_(),
        "log_variance": log_variance.requires_grad_(),
        "noise": noise,
        "logits": normal(n, clusters).requires_grad_(),
        "centres": normal(clusters, latent).requires_grad_(),
    }


def brute_force(one, weight):
    """The post's formula, item by item, cluster by cluster, with every density written out."""
    total, noise_terms = 0.0, 0.0
    one = {name: value.detach() for name, value in one.items()}
    z = one["mean"] + one["noise"] * torch.exp(0.5 * one["log_variance"])
    n, latent = z.shape
    clusters = one["logits"].shape[1]
    for i in range(n):
        exponents = [math.exp(float(v)) for v in one["logits"][i]]
        p = [v / sum(exponents) for v in exponents]
        reconstruction = sum(
            -normal_log_density(float(a), float(b), 1.0) - 0.5 * math.log(2 * math.pi)
            for a, b in zip(one["x"][i], one["output"][i], strict=True)
        )
        posterior = sum(
            normal_log_density(
                float(z[i, d]), float(one["mean"][i, d]), math.exp(float(one["log_variance"][i, d]))
            )
            for d in range(latent)
        )
        divergence = 0.0
        for y in range(clusters):
            prior = sum(
                normal_log_density(float(z[i, d]), float(one["centres"][y, d]), 1.0)
                for d in range(latent)
            )
            divergence += p[y] * (posterior - prior)
        labels = sum(v * math.log(v / (1 / clusters)) for v in p)
        total += weight * reconstruction + divergence + labels
        noise_terms += -0.5 * sum(float(e) ** 2 for e in one["noise"][i])
    return total / n, noise_terms / n


def loss_of(one, weight):
    z = one["mean"] + one["noise"] * torch.exp(0.5 * one["log_variance"])
    log_p = one["logits"].log_softmax(dim=1)
    return elbo(
        gaussian_nats(one["x"], one["output"]),
        latent_divergence(one["log_variance"], z, log_p.exp(), one["centres"]),
        label_divergence(log_p),
        weight=weight,
    )


@pytest.mark.parametrize("weight", [1.0, 2.5])
def test_the_elbo_is_the_posts_formula_but_for_the_noise_term(drawn, weight):
    expected, noise_term = brute_force(drawn, weight)
    assert float(loss_of(drawn, weight)) == pytest.approx(expected - noise_term, rel=1e-12)


def test_what_is_left_out_has_no_gradient(drawn):
    """Every gradient equals that of the whole formula, by differences of the brute force."""
    loss_of(drawn, 2.5).backward()
    step = 1e-5
    for name in ("mean", "log_variance", "logits", "centres"):
        gradient = drawn[name].grad
        for place in itertools.islice(np.ndindex(*gradient.shape), 0, None, 3):
            around = []
            for sign in (1, -1):
                moved = {**drawn, name: drawn[name].detach().clone()}
                moved[name][place] += sign * step
                around.append(brute_force(moved, 2.5)[0])
            slope = (around[0] - around[1]) / (2 * step)
            assert float(gradient[place]) == pytest.approx(slope, abs=1e-6), (name, place)


def test_information_is_that_of_the_joint_table():
    generator = torch.Generator().manual_seed(0)
    first, second = torch.rand(2, 9, 2, 3, generator=generator, dtype=torch.float64)
    first, second = first / first.sum(2, keepdim=True), second / second.sum(2, keepdim=True)
    for balance in (1.0, 1.5):
        found = mutual_information(first, second, balance=balance)
        for head in range(2):
            joint = np.zeros((3, 3))
            for one, other in zip(first[:, head], second[:, head], strict=True):
                joint += np.outer(one, other) / 18 + np.outer(other, one) / 18
            marginal = joint.sum(0)
            expected = sum(
                joint[a, b]
                * (np.log(joint[a, b]) - balance * (np.log(marginal[a]) + np.log(marginal[b])))
                for a in range(3)
                for b in range(3)
            )
            assert float(found[head]) == pytest.approx(expected, rel=1e-9)


def test_the_contrast_counts_how_often_the_partner_is_picked():
    generator = torch.Generator().manual_seed(1)
    first, second = torch.nn.functional.normalize(
        torch.randn(2, 4, 3, generator=generator, dtype=torch.float64), dim=2
    )
    both, logs = torch.cat([first, second]).numpy(), []
    for i, one in enumerate(both):
        scores = {j: float(one @ other) / 0.5 for j, other in enumerate(both) if j != i}
        total = sum(math.exp(v) for v in scores.values())
        logs.append(scores[(i + 4) % 8] - math.log(total))
    found = contrastive_information(first, second, temperature=0.5)
    assert float(found) == pytest.approx(np.mean(logs), rel=1e-9)


def test_bernoulli_pixels():
    x, logits = torch.tensor([[0.0, 1.0, 0.25]]), torch.tensor([[0.3, -1.2, 2.0]])
    p = torch.sigmoid(logits)
    expected = -(x * p.log() + (1 - x) * (1 - p).log()).sum()
    assert float(bernoulli_nats(x, logits)) == pytest.approx(float(expected), rel=1e-5)
