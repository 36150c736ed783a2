from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from gezhi.errors import InputError, ParameterError
from gezhi.kernel.bundle import read_bundle
from gezhi.reading.sentiment.cells import Cell, Leak, Share, read_cell, write_cell
from gezhi.reading.sentiment.compare import (
    Comparison,
    compare,
    read_cells,
    read_reviews,
    render,
)
from gezhi.reading.sentiment.corpus import Review, squeeze
from gezhi.reading.sentiment.protocols import Parts, leaked, split
from gezhi.reading.sentiment.variant_bundles import make_variant_bundles
from gezhi.reading.sentiment.variants import VARIANTS, load_variant

torch.set_num_threads(1)  # tiny networks only wait for one another

EPOCHS = {"char-onehot": 3, "char-embedding": 4, "word-embedding": 3}
FAST = {"variants": ["char-embedding"], "epochs": {"char-embedding": 3}, "threads": 1}


class Stopped(Exception):
    pass


def made_up_reviews(count: int = 420) -> list[Review]:
    """Reviews whose characters give them away, a fifth of them copies of others."""
    rng = random.Random(0)
    reviews: list[Review] = []
    for number in range(count):
        if number % 5 == 4:
            copy = rng.choice(reviews)
            reviews.append(replace(copy, text=f" {copy.text}"))
            continue
        label = number % 2
        telling = "好喜欢棒满意" if label else "差坏烂失望"
        text = "".join(
            rng.choice(telling if rng.random() < 0.3 else "的了是我们这个酒店电脑书，。手机")
            for _ in range(rng.randint(6, 30))
        )
        reviews.append(Review(text, label))
    return reviews


def write(path: Path, reviews: list[Review]) -> Path:
    lines = "".join(f"{review.label}\t{review.text}\n" for review in reviews)
    path.write_text(f"label\ttext\n{lines}", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Comparison]:
    folder = tmp_path_factory.mktemp("compared")
    file = write(folder / "reviews.tsv", made_up_reviews())
    cells = folder / "cells"
    return file, cells, compare(file, cells, epochs=EPOCHS, threads=1)


# --- protocols


def test_the_posts_protocol_keeps_every_row_and_the_honest_one_no_copy() -> None:
    reviews = [*made_up_reviews(), Review("  ", 1)]
    post, honest = split("post", reviews), split("honest", reviews)
    assert sorted((r.text, r.label) for r in [*post.train, *post.test]) == sorted(
        (r.text, r.label) for r in reviews[:-1]
    )
    assert len(post.train) == 420 * 15_000 // 21_105
    texts = [r.text for part in (honest.train, honest.validation, honest.test) for r in part]
    assert len(texts) == len(set(texts)) == len({squeeze(r.text) for r in reviews} - {""})
    assert not leaked(honest).any()
    assert 0.05 < leaked(post).mean() < 0.5


def test_the_seed_shuffles_the_post_and_not_the_honest_protocol() -> None:
    reviews = made_up_reviews()
    assert split("post", reviews, seed=1).digest() == split("post", reviews, seed=1).digest()
    assert split("post", reviews, seed=1).digest() != split("post", reviews, seed=2).digest()
    assert split("honest", reviews, seed=1) == split("honest", reviews, seed=2)


def test_one_class_few_reviews_and_unknown_protocols_are_named() -> None:
    with pytest.raises(InputError, match="needs good and bad reviews"):
        split("post", [replace(review, label=1) for review in made_up_reviews()])
    with pytest.raises(InputError, match="give more reviews"):
        split("honest", made_up_reviews(4))
    with pytest.raises(ParameterError, match="protocol must be one of post, honest"):
        split("best", made_up_reviews())


# --- the comparison


def test_all_cells_are_there_and_the_networks_learned(
    compared: tuple[Path, Path, Comparison],
) -> None:
    _, cells, comparison = compared
    assert [cell.name for cell in comparison.cells] == [
        f"{protocol}-{variant}" for protocol in ("post", "honest") for variant in VARIANTS
    ]
    for cell in comparison.cells:
        assert cell.epochs == EPOCHS[cell.variant] == len(cell.log)
        assert cell.log[-1]["loss"] < cell.log[0]["loss"]
        assert ("validation" in cell.log[0]) == (cell.protocol == "honest")
    assert comparison.cells[1].train.accuracy > 0.8
    assert {path.suffix for path in cells.iterdir()} == {".json", ".safetensors"}


def test_the_parameters_are_those_of_the_shape(compared: tuple[Path, Path, Comparison]) -> None:
    for cell in compared[2].cells:
        rows = cell.vocabulary * (VARIANTS[cell.variant].width or 512)
        matrix = 0 if cell.variant == "char-onehot" else 256 * 512
        assert cell.parameters == rows + matrix + 128 * 512 + 512 + 128 + 1


def test_the_leak_divides_the_test(compared: tuple[Path, Path, Comparison]) -> None:
    file, _, comparison = compared
    copied = int(leaked(split("post", read_reviews(file))).sum())
    for cell in comparison.cells:
        if cell.protocol == "honest":
            assert cell.leak is None
            continue
        assert cell.leak is not None
        assert cell.leak.copied.total == copied
        assert cell.leak.copied.total + cell.leak.unseen.total == cell.test.total
        assert cell.leak.copied.correct + cell.leak.unseen.correct == cell.test.correct


def test_done_cells_are_read_and_not_trained(compared: tuple[Path, Path, Comparison]) -> None:
    file, cells, comparison = compared

    def never(done: int, total: int | None, message: str) -> None:
        raise AssertionError

    assert compare(file, cells, epochs=EPOCHS, report=never) == comparison
    assert read_cells(cells) == comparison


def test_a_stopped_comparison_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    file = write(tmp_path / "reviews.tsv", made_up_reviews())
    whole = compare(file, tmp_path / "whole", **FAST)

    def stop(done: int, total: int | None, message: str) -> None:
        if message == "honest-char-embedding: epoch 3 of 3":
            raise Stopped

    with pytest.raises(Stopped):
        compare(file, tmp_path / "stopped", report=stop, **FAST)
    assert [cell.name for cell in read_cells(tmp_path / "stopped").cells] == ["post-char-embedding"]

    heard: list[str] = []
    resumed = compare(
        file, tmp_path / "stopped", report=lambda *call: heard.append(call[2]), **FAST
    )
    assert set(heard) == {"honest-char-embedding: epoch 3 of 3"}
    for left, right in zip(whole.cells, resumed.cells, strict=True):
        assert (left.train, left.test, left.leak) == (right.train, right.test, right.leak)
        assert [one["loss"] for one in left.log] == [one["loss"] for one in right.log]
    for name in ("post-char-embedding", "honest-char-embedding"):
        files = [tmp_path / folder / f"{name}.safetensors" for folder in ("whole", "stopped")]
        assert files[0].read_bytes() == files[1].read_bytes()


def test_cells_of_other_reviews_or_another_seed_are_not_overwritten(
    compared: tuple[Path, Path, Comparison], tmp_path: Path
) -> None:
    file, cells, _ = compared
    with pytest.raises(InputError, match=r"other reviews or another seed"):
        compare(file, cells, epochs=EPOCHS, seed=1)
    other = write(tmp_path / "other.tsv", made_up_reviews(400))
    with pytest.raises(InputError, match=r"other reviews or another seed"):
        compare(other, cells, epochs=EPOCHS)


def test_wrong_arguments_are_named(tmp_path: Path) -> None:
    file = write(tmp_path / "reviews.tsv", made_up_reviews(100))
    with pytest.raises(ParameterError, match="variants must be of char-onehot"):
        compare(file, tmp_path, variants=["char"])
    with pytest.raises(ParameterError, match="protocols must be of post, honest, not 'best'"):
        compare(file, tmp_path, protocols=["best"])
    with pytest.raises(ParameterError, match="epochs of char-onehot must be 1 or more, not 0"):
        compare(file, tmp_path, epochs={"char-onehot": 0})
    rare = write(tmp_path / "rare.tsv", [Review(chr(0x4E00 + i) * 2, i % 2) for i in range(200)])
    with pytest.raises(InputError, match="no word is seen 5 times"):
        compare(rare, tmp_path / "x", variants=["word-embedding"])


# --- files


def test_labelled_files_are_read_and_their_faults_named(tmp_path: Path) -> None:
    file = tmp_path / "reviews.tsv.gz"
    with gzip.open(file, "wt", encoding="utf-8") as lines:
        lines.write("label\ttext\n1\t很好\n0\t差\n")
    expected = [Review("很好", 1), Review("差", 0)]
    assert read_reviews(file) == expected
    (tmp_path / "reviews.csv").write_text("评价,好坏\n很好,好评\n差,差评\n", encoding="gb18030")
    assert (
        read_reviews(tmp_path / "reviews.csv", text_column="评价", label_column="好坏") == expected
    )
    (tmp_path / "bad.tsv").write_text("label\ttext\n1\t好\nnan\t差\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 3 has no label"):
        read_reviews(tmp_path / "bad.tsv")
    (tmp_path / "bad.tsv.gz").write_bytes(file.read_bytes()[:-12])
    with pytest.raises(InputError, match="cannot be unpacked"):
        read_reviews(tmp_path / "bad.tsv.gz")
    with pytest.raises(InputError, match="missing"):
        read_reviews(tmp_path / "missing.tsv")


def a_cell(protocol: str, variant: str) -> Cell:
    leak = Leak(Share(1_234, 1_300), Share(4_321, 4_805)) if protocol == "post" else None
    return Cell(
        identity="x",
        protocol=protocol,
        variant=variant,
        epochs=12,
        seed=0,
        seconds_per_epoch=41.26,
        vocabulary=14_314,
        parameters=3_861_633,
        train=Share(14_500, 15_000),
        test=Share(5_555, 6_105),
        validation=None,
        leak=leak,
        log=({"epoch": 1, "loss": 0.5, "seconds": 41.26},),
    )


def test_a_cell_comes_back_from_its_file(tmp_path: Path) -> None:
    cell = a_cell("post", "char-onehot")
    write_cell(cell, tmp_path / "cell.json")
    assert read_cell(tmp_path / "cell.json") == cell
    assert read_cell(tmp_path / "none.json") is None
    for text in ("{", "[]", "{}", json.dumps({**cell.to_json(), "format": 2})):
        (tmp_path / "cell.json").write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match="is not a stored result"):
            read_cell(tmp_path / "cell.json")


def test_the_table_fits_a_terminal_and_says_what_the_cells_say() -> None:
    cells = [a_cell(protocol, variant) for protocol in ("post", "honest") for variant in VARIANTS]
    table = render(Comparison(tuple(cells)))
    assert max(len(line) for line in table.splitlines()) <= 80
    for said in ("90.99 (90.25–91.68)", "89.21", "41.3", "3,861,633", "1,300 of 6,105", "21.3 %"):
        assert said in table
    row = Comparison((cells[0],)).rows()[0]
    assert row["test_accuracy"] == 5_555 / 6_105
    assert row["post_test_accuracy"] == pytest.approx(0.8921)
    assert row["leaked_share"] == 1_300 / 6_105
    json.dumps(row, allow_nan=False)


# --- bundles


def test_bundles_are_made_of_the_honest_cells(
    compared: tuple[Path, Path, Comparison], tmp_path: Path
) -> None:
    file, cells, comparison = compared
    made = make_variant_bundles(cells, tmp_path, file=file)
    assert [bundle.name for bundle in made] == [f"sentiment-{name}" for name in VARIANTS]
    test = split("honest", read_reviews(file)).test
    for bundle, cell in zip(made, comparison.cells[3:], strict=True):
        again = read_bundle(tmp_path / bundle.name / "1")
        found = load_variant(again, threads=1).probabilities([review.text for review in test])
        accuracy = np.mean((found > 0.5) == [review.label == 1 for review in test])
        assert again.metrics["accuracy"] == pytest.approx(accuracy)
        assert again.metrics["accuracy_float32"] == cell.test.accuracy
        assert again.metrics["largest_probability_difference_to_float32"] < 0.05


def test_no_bundle_of_other_reviews_or_without_cells(
    compared: tuple[Path, Path, Comparison], tmp_path: Path
) -> None:
    file, cells, _ = compared
    other = write(tmp_path / "other.tsv", made_up_reviews(400))
    with pytest.raises(InputError, match="trained on other reviews"):
        make_variant_bundles(cells, tmp_path / "out", file=other)
    with pytest.raises(InputError, match="holds no finished cell"):
        make_variant_bundles(tmp_path, tmp_path / "out", file=file)


def test_a_part_is_known_by_its_digest() -> None:
    review = Review("好", 1)
    assert Parts("post", [review], [], []).digest() != Parts("post", [], [], [review]).digest()
    assert Parts("post", [review], [], []).digest() != Parts("honest", [review], [], []).digest()
