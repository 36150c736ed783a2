"""Labelling files: every row gets its number, and a run that was stopped is as one that was not."""

import csv
import errno
import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from gezhi.errors import BundleError, GezhiError, InputError, Interrupted, ParameterError
from gezhi.kernel.bundle import write_bundle
from gezhi.kernel.tables import read_rows
from gezhi.reading.sentiment import labelling
from gezhi.reading.sentiment.calibration import Band
from gezhi.reading.sentiment.labelling import judge_texts, label_file
from gezhi.reading.sentiment.labels import read_labelled_texts
from gezhi.reading.sentiment.model import SentimentModel
from gezhi.reading.sentiment.unfinished import UnfinishedRun, partial_folder

BAND = Band(accuracy=0.97, low=0.25, high=0.75, coverage=0.9)


class CountingModel:
    """Judges by counting characters, so that every answer is known, and counts its texts."""

    def __init__(self, folder: Path) -> None:
        empty = {"inputs": {}, "outputs": {}, "preprocessing": {}, "metrics": {}, "training": {}}
        self.bundle = write_bundle(
            folder, name="counting", version="1", kind="t", files={}, parameters={}, **empty
        )
        self.judged = 0
        self.stop_after: int | None = None

    def band(self, accuracy: float) -> Band:
        return BAND

    def probabilities(self, texts):
        assert not isinstance(texts, str)
        if self.stop_after is not None and self.judged >= self.stop_after:
            raise KeyboardInterrupt
        self.judged += len(texts)
        return np.array([probability_of(text) for text in texts])


def probability_of(text: str) -> float:
    good, bad = text.count("好"), text.count("差")
    return (good + 0.5) / (good + bad + 1)


@pytest.fixture
def model(tmp_path_factory, monkeypatch) -> CountingModel:
    fake = CountingModel(tmp_path_factory.mktemp("model") / "1")
    monkeypatch.setattr(SentimentModel, "load", classmethod(lambda *_, **__: fake))
    return fake


def reviews(rows: int) -> list[str]:
    return [f"第{number}条" + "好" * (number % 4) + "差" * (number % 3) for number in range(rows)]


def write_csv(path: Path, rows: int, encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "评论"])
        writer.writerows(enumerate(reviews(rows)))
    return path


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_every_row_gets_its_label_and_its_number(tmp_path, model):
    source, target = write_csv(tmp_path / "a.csv", 5000, "gb18030"), tmp_path / "b.csv"
    seen = []
    found = label_file(source, target, report=lambda *what: seen.append(what))
    with target.open(encoding="gb18030", newline="") as file:
        rows = list(csv.DictReader(file))
    expected = [probability_of(text) for text in reviews(5000)]
    assert [row["评论"] for row in rows] == reviews(5000)
    assert [float(row["probability"]) for row in rows] == [round(p, 6) for p in expected]
    labels = [BAND.label(p) for p in expected]
    assert [row["label"] for row in rows] == labels
    assert (found.rows, found.encoding, found.format, found.empty) == (5000, "gb18030", "csv", 0)
    for name in ("positive", "negative", "uncertain"):
        assert getattr(found, name) == labels.count(name)
    assert seen[-1][:2] == (5000, 5000)
    assert not partial_folder(target).exists()


def test_a_row_without_text_is_uncertain_at_one_half(tmp_path, model):
    values = [None, "", "  ", "NaN", "nan", "null", 0.0, 7, True, "好好好"]
    lines = [json.dumps({"text": value}, ensure_ascii=False) for value in values]
    (tmp_path / "a.jsonl").write_text("\n".join([*lines, '{"text": NaN}', "{}"]), encoding="utf-8")
    found = label_file(tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "b.jsonl").read_text("utf-8").splitlines()]
    assert all(isinstance(row["probability"], float) for row in rows)
    is_empty = [row["probability"] == 0.5 and row["label"] == "uncertain" for row in rows]
    assert is_empty == [True] * 9 + [False, True, True]
    assert (found.rows, found.empty) == (12, 8)  # 0.0, 7 and True are texts, if short ones


def test_names_that_exist_get_a_prefix(tmp_path, model):
    (tmp_path / "a.csv").write_text("text,label\n好,1\n", encoding="utf-8")
    found = label_file(tmp_path / "a.csv", tmp_path / "b.csv")
    assert found.columns == ("gezhi_label", "probability")
    label_file(tmp_path / "b.csv", tmp_path / "c.csv")
    header = (tmp_path / "c.csv").read_text("utf-8").splitlines()[0]
    assert header == "text,label,gezhi_label,probability,gezhi_label_2,gezhi_probability"


def test_a_file_of_no_rows_keeps_its_header(tmp_path, model):
    (tmp_path / "a.csv").write_text("text\n", encoding="utf-8")
    assert label_file(tmp_path / "a.csv", tmp_path / "b.csv").rows == 0
    assert (tmp_path / "b.csv").read_text("utf-8") == "text,label,probability\n"


def test_ctrl_c_keeps_the_finished_rows_and_the_next_run_goes_on(tmp_path, model):
    source, target = write_csv(tmp_path / "a.csv", 10_000), tmp_path / "b.csv"
    label_file(source, tmp_path / "whole.csv")
    model.judged, model.stop_after = 0, 4000
    with pytest.raises(
        Interrupted, match=r"4,096 of 10,000 rows are kept in b\.csv\.gezhi-partial"
    ):
        label_file(source, target)
    assert not target.exists()
    assert names_in(partial_folder(target)) == ["probabilities", "run.json"]
    model.stop_after, model.judged = None, 0
    found = label_file(source, target, accuracy=0.9)
    assert (found.resumed, model.judged) == (4096, 10_000 - 4096)
    assert target.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert not partial_folder(target).exists()


@pytest.mark.parametrize("change", ["source", "column", "restart"])
def test_another_run_begins_again(tmp_path, model, change):
    source, target = write_csv(tmp_path / "a.csv", 3000), tmp_path / "b.csv"
    model.stop_after = 1000
    with pytest.raises(Interrupted):
        label_file(source, target)
    model.stop_after, model.judged = None, 0
    how = {}
    if change == "source":
        source.write_text(source.read_text("utf-8").replace("好", "差", 1), encoding="utf-8")
    elif change == "column":
        how = {"column": "id"}
    else:
        how = {"resume": False}
    assert label_file(source, target, **how).resumed == 0
    assert model.judged == 3000


def test_a_cut_or_spoilt_chunk_is_judged_again(tmp_path, model):
    source, target = write_csv(tmp_path / "a.csv", 5000), tmp_path / "b.csv"
    label_file(source, tmp_path / "whole.csv")
    for damage in (lambda b: b[:-5], lambda b: b[:9000] + b"x" + b[9001:], lambda b: b[:3]):
        model.judged, model.stop_after = 0, 3000
        with pytest.raises(Interrupted):
            label_file(source, target)
        numbers = partial_folder(target) / "probabilities"
        numbers.write_bytes(damage(numbers.read_bytes()))
        model.stop_after = None
        assert label_file(source, target).resumed in (0, 1024, 2048)
        assert target.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_two_runs_on_one_output_do_not_mix(tmp_path):
    run = UnfinishedRun(tmp_path / "b.csv", {}, resume=True)
    with pytest.raises(InputError, match=r"another run is making b\.csv"):
        UnfinishedRun(tmp_path / "b.csv", {}, resume=True)
    run.close()


def test_a_full_disk_is_said_in_one_sentence(tmp_path, model, monkeypatch):
    source, target = write_csv(tmp_path / "a.csv", 10_000), tmp_path / "b.csv"
    label_file(source, tmp_path / "whole.csv")
    kept = UnfinishedRun.append

    def append_until_full(run, probabilities):
        if run.chunks == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        kept(run, probabilities)

    monkeypatch.setattr(UnfinishedRun, "append", append_until_full)
    with pytest.raises(GezhiError, match=r"the disk is full: .*free some space: 3,072 of 10,000"):
        label_file(source, target)
    assert names_in(partial_folder(target)) == ["probabilities", "run.json"]
    monkeypatch.setattr(UnfinishedRun, "append", kept)
    assert label_file(source, target).resumed == 3072
    assert target.read_bytes() == (tmp_path / "whole.csv").read_bytes()


SCRIPT = textwrap.dedent(
    """
    import resource, sys, time
    import numpy as np
    from gezhi.reading.sentiment.model import NetworkScorer
    slowness, limit = float(sys.argv.pop(1)), int(sys.argv.pop(1))
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    def probabilities(self, texts):
        time.sleep(slowness)
        return np.array([(len(text) % 100 + 0.5) / 101 for text in texts])

    NetworkScorer.probabilities = probabilities
    from gezhi.cli import main
    main()
    """
)


def gezhi(*arguments: object, slowness: float = 0.0, limit: int = 0) -> subprocess.Popen[str]:
    """The command in a process of its own, with a model that is as slow as asked."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(slowness), str(limit), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def label_command(source: Path, target: Path, **how) -> subprocess.Popen[str]:
    return gezhi("read", "sentiment", "--file", source, "--output", target, **how)


def wait_for_chunks(target: Path, process: subprocess.Popen[str], count: int) -> None:
    numbers = partial_folder(target) / "probabilities"
    for _ in range(3000):
        if numbers.exists() and numbers.stat().st_size > count * 8 * 1024:
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    raise AssertionError("the run did not come so far")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("ending", "killed_by"),
    [
        ("csv", signal.SIGINT),
        ("csv", signal.SIGTERM),
        ("csv", signal.SIGKILL),
        ("xlsx", signal.SIGKILL),
    ],
)
def test_a_killed_process_is_resumed_to_the_same_bytes(tmp_path, ending, killed_by):
    source = write_csv(tmp_path / "a.csv", 8000)
    if ending == "xlsx":
        label_file_as_xlsx(source, tmp_path / "a.xlsx")
        source = tmp_path / "a.xlsx"
    whole, target = tmp_path / f"whole.{ending}", tmp_path / f"b.{ending}"
    assert label_command(source, whole).wait() == 0
    process = label_command(source, target, slowness=0.3)
    wait_for_chunks(target, process, 3)
    process.send_signal(killed_by)
    _, errors = process.communicate()
    assert not target.exists()
    if killed_by == signal.SIGINT:
        assert process.returncode == 130
        assert errors.count("\n") == 1
        assert "rows are kept in b." in errors
    else:
        assert process.returncode == -killed_by
    again = label_command(source, target)
    _, errors = again.communicate()
    assert again.returncode == 0, errors
    assert "of them by a run before" in errors
    assert target.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir() if "partial" in path.name) == []


def label_file_as_xlsx(source: Path, target: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["id", "评论"])
    for row in read_rows(source):
        sheet.append(list(row.values))
    book.save(target)


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="a limit of POSIX")
def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path):
    source = write_csv(tmp_path / "a.csv", 30_000)
    whole, target = tmp_path / "whole.csv", tmp_path / "b.csv"
    assert label_command(source, whole).wait() == 0
    process = label_command(source, target, limit=500_000)
    _, errors = process.communicate()
    assert process.returncode == 1
    assert errors.count("\n") == 1
    assert "the disk is full" in errors
    assert "of 30,000 rows are kept in b.csv.gezhi-partial" in errors
    assert not target.exists()
    assert names_in(partial_folder(target)) == ["probabilities", "run.json"]
    assert label_command(source, target).wait() == 0
    assert target.read_bytes() == whole.read_bytes()


def test_a_really_full_disk(tmp_path):
    """On a file system of 1 MB, where this user may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("only root may mount a small disk")
    try:
        source = write_csv(tmp_path / "a.csv", 40_000)
        process = label_command(source, disk / "b.csv")
        _, errors = process.communicate()
        assert process.returncode == 1
        assert "the disk is full" in errors
        assert names_in(disk) == ["b.csv.gezhi-partial"]
        remount = ["mount", "-o", "remount,size=8m", str(disk)]
        subprocess.run(remount, check=True)
        again = label_command(source, disk / "b.csv")
        _, errors = again.communicate()
        assert "of them by a run before" in errors
        assert label_command(source, tmp_path / "whole.csv").wait() == 0
        assert (disk / "b.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_workers_give_the_bytes_of_one_process(tmp_path):
    source = write_csv(tmp_path / "a.csv", 2500)
    alone = label_file(source, tmp_path / "one.csv")
    assert label_file(source, tmp_path / "two.csv", workers=2) == alone
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_memory_does_not_grow_with_the_rows(tmp_path, model):
    def peak(rows: int) -> int:
        source = tmp_path / f"{rows}.txt"
        source.write_text(("好坏" * 200 + "\n") * rows, encoding="utf-8")
        tracemalloc.start()
        label_file(source, tmp_path / "out.txt")
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(12_000) < 1.5 * peak(4_000)


def test_hard_texts_get_a_number(tmp_path):
    hard = ["😀", "好" * 100_000, "\x07\x1b[31m好\u202e", "\u200d", "a" * 5000, "."]
    rows = [json.dumps({"text": text}) for text in [*hard, "\ud83d"]]  # and half an emoji
    (tmp_path / "a.jsonl").write_text("\n".join(rows), encoding="utf-8")
    label_file(tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    lines = (tmp_path / "b.jsonl").read_text(encoding="utf-8").splitlines()
    numbers = [json.loads(line)["probability"] for line in lines]
    assert len(numbers) == 7
    assert all(0 <= number <= 1 for number in numbers)


def test_texts_and_files_are_judged_alike(tmp_path):
    model = SentimentModel.load()
    texts = ["很好", "", "太差了", " \n", None]
    judged = judge_texts(model, texts, model.band(0.97))
    assert [(one.text, one.label) for one in judged[1::2]] == [
        ("", "uncertain"),
        (" \n", "uncertain"),
    ]
    assert [one.probability for one in judged[1:2]] == [0.5]
    (tmp_path / "a.txt").write_text("很好\n\n太差了\n", encoding="utf-8")
    label_file(tmp_path / "a.txt", tmp_path / "b.jsonl")
    lines = (tmp_path / "b.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    assert [(row["label"], row["probability"]) for row in found] == [
        (one.label, one.probability) for one in judged[:3]
    ]


def refused(tmp_path: Path, error: type[Exception], sentence: str, **how) -> None:
    with pytest.raises(error, match=sentence):
        label_file(
            how.pop("source", tmp_path / "a.csv"), how.pop("output", tmp_path / "b.csv"), **how
        )
    left = [path.name for path in tmp_path.iterdir()]
    assert not [name for name in left if "partial" in name or name == "b.csv"]


def test_what_cannot_be_done_is_refused_before_it_is_begun(tmp_path):
    write_csv(tmp_path / "a.csv", 3)
    refused(tmp_path, InputError, "the output is the input", output=tmp_path / "a.csv")
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")
    refused(tmp_path, InputError, "the output is the input", output=tmp_path / "link.csv")
    refused(tmp_path, InputError, "there is no folder .*none", output=tmp_path / "none" / "b.csv")
    refused(tmp_path, InputError, "not a file that can be written", output=Path(os.devnull))
    refused(tmp_path, InputError, "no column '评价'; its columns are id, 评论", column="评价")
    refused(tmp_path, InputError, "there is no file .*c.csv", source=tmp_path / "c.csv")
    refused(tmp_path, ParameterError, "accuracy must lie between 0.5 and 1", accuracy=1.5)
    refused(tmp_path, ParameterError, "workers must be 1 or more, not 0", workers=0)
    refused(tmp_path, BundleError, "there is no model 'none'", model="none")


def test_a_value_that_is_no_text_names_its_row(tmp_path, model):
    (tmp_path / "a.jsonl").write_text('{"text": "好"}\n{"text": ["好"]}\n', encoding="utf-8")
    with pytest.raises(
        InputError, match=r"a\.jsonl: row 2, column 'text' is a list and not a text"
    ):
        label_file(tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_source_that_changes_meanwhile_is_noticed(tmp_path, model):
    source = write_csv(tmp_path / "a.csv", 3000)

    def touch(done: int, total: int | None, message: str) -> None:
        if done > 1000:
            os.utime(source, ns=(1, 1))

    with pytest.raises(InputError, match=r"a\.csv was changed while it was labelled"):
        label_file(source, tmp_path / "b.csv", report=touch)
    assert not (tmp_path / "b.csv").exists()


WORDS = [
    (["1", "0"], [1, 0]),
    (["1", "-1"], [1, 0]),
    (["1.0", "0.0"], [1, 0]),
    (["Positive", "negative"], [1, 0]),
    (["pos", "NEG"], [1, 0]),
    (["True", "false"], [1, 0]),
    (["好评", "差评"], [1, 0]),
    (["正面", "负面"], [1, 0]),
    ([" 1 ", "-1"], [1, 0]),
]


@pytest.mark.parametrize(("words", "labels"), WORDS)
def test_labels_in_many_words(tmp_path, words, labels):
    lines = "".join(f"文{number},{word}\n" for number, word in enumerate(words))
    (tmp_path / "a.csv").write_text("内容,标签\n" + lines, encoding="utf-8")
    found = read_labelled_texts(tmp_path / "a.csv")
    assert (found.texts, found.labels) == (["文0", "文1"], labels)


BAD_LABELS = {
    "NaN": ("好,1\n差,NaN\n", "row 3 has no label; labels may be 1 and 0"),
    "empty": ("好,1\n差,\n", "row 3 has no label"),
    "stars": ("好,1\n差,5\n", "row 3 has the label '5'; labels may be"),
    "one class": ("好,1\n差,1\n", "all 2 labels are positive; both classes are needed"),
    "three classes": ("好,1\n差,-1\n行,0\n", "three classes: the label 0 in row 4 and -1 in row 3"),
    "no rows": ("", "has no labelled text"),
    "no texts": (",1\n,0\n", "has no labelled text"),
}


@pytest.mark.parametrize("case", BAD_LABELS)
def test_a_bad_label_names_its_row(tmp_path, case):
    lines, sentence = BAD_LABELS[case]
    (tmp_path / "a.csv").write_text("text,label\n" + lines, encoding="utf-8")
    with pytest.raises(InputError, match=sentence):
        read_labelled_texts(tmp_path / "a.csv")


def test_rows_without_text_are_counted_and_left_out(tmp_path):
    (tmp_path / "a.csv").write_text("text,label\n好,1\n,0\n差,0\n", encoding="utf-8")
    found = read_labelled_texts(tmp_path / "a.csv")
    assert (found.texts, found.labels, found.empty) == (["好", "差"], [1, 0], 1)


def test_the_columns_of_labelled_texts(tmp_path):
    (tmp_path / "a.csv").write_text("label,x\n1,好\n0,差\n", encoding="utf-8")
    assert read_labelled_texts(tmp_path / "a.csv").texts == ["好", "差"]
    with pytest.raises(InputError, match="cannot be both text and label"):
        read_labelled_texts(tmp_path / "a.csv", text_column="label")
    (tmp_path / "b.csv").write_text("text\n好\n", encoding="utf-8")
    with pytest.raises(InputError, match="has one column; it should have texts and labels"):
        read_labelled_texts(tmp_path / "b.csv")


def test_the_default_accuracy_is_that_of_the_command_line():
    from gezhi.reading.cli import judge

    option = next(one for one in judge.params if one.name == "accuracy")
    assert option.default == labelling.DEFAULT_ACCURACY
