"""``gezhi read sentiment``: what goes to stdout, what to stderr, and with which exit code."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from gezhi.cli import cli
from gezhi.errors import MissingExtra
from gezhi.kernel.paths import user_models_folder
from gezhi.kernel.terminal import cell_width, shorten, visible
from gezhi.reading import cli as reading
from gezhi.reading.sentiment.drawing import draw_evaluation, draw_explanation, draw_judgement
from gezhi.reading.sentiment.evaluation import evaluate
from gezhi.reading.sentiment.explanation import Explanation
from gezhi.reading.sentiment.model import Judgement, SentimentModel

GOOD, BAD = "质量很好，非常满意，推荐购买！", "太差了，刚用就坏了，后悔买它"


def run(*arguments: object, stdin: str | bytes | None = None):
    """The result of ``gezhi read sentiment ARGUMENTS``."""
    command = ["read", "sentiment", *map(str, arguments)]
    return CliRunner().invoke(cli, command, input=stdin)


def records(done) -> list[dict]:
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def refused(done, sentence: str, code: int = 1) -> None:
    """One line on stderr with that sentence, nothing on stdout, that exit code."""
    assert done.exit_code == code, done.output
    assert done.stdout == ""
    if code == 1:
        assert done.stderr.startswith("gezhi: ")
        assert done.stderr.count("\n") == 1
    assert re.search(sentence, done.stderr), done.stderr


def test_a_text_gives_one_json_line_with_exactly_three_fields():
    for arguments in ((GOOD, "--json"), ("--json", GOOD), ("judge", "--json", GOOD)):
        (record,) = records(run(*arguments))
        assert list(record) == ["text", "label", "probability"]
        assert (record["text"], record["label"]) == (GOOD, "positive")
        assert record["probability"] > 0.9


def test_texts_keep_their_order():
    found = records(run(GOOD, BAD, "", "--json"))
    assert [record["text"] for record in found] == [GOOD, BAD, ""]
    assert [record["label"] for record in found] == ["positive", "negative", "uncertain"]


def test_without_json_a_line_a_text():
    done = run(GOOD, BAD)
    assert re.fullmatch(
        rf"positive   [01]\.\d{{4}}  {GOOD}\nnegative   0\.\d{{4}}  {BAD}\n", done.stdout
    )
    assert done.stderr == ""


def test_no_arguments_give_the_help():
    done = run()
    assert done.exit_code == 0
    assert done.stdout == run("--help").stdout
    for word in ("--explain", "--workers", "evaluate", "train", "compare", "TEXT"):
        assert word in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.parametrize("verb", ["judge", "train", "evaluate", "compare"])
def test_a_word_that_equals_a_verb_is_the_verb(verb):
    assert run(verb, "--help").stdout.startswith(f"Usage: cli read sentiment {verb} [OPTIONS]")
    assert records(run("--json", "--", verb))[0]["text"] == verb
    assert records(run("--json", GOOD, "--", verb))[1]["text"] == verb
    said = f"'{verb}' is a verb; to take it as one of the texts put it behind --"
    refused(run(GOOD, verb), said, 2)


def test_options_before_a_verb_belong_to_it(tmp_path):
    path = labelled(tmp_path)
    done = run("--json", "--accuracy", "0.9", "evaluate", "--file", path)
    assert records(done)[0]["band"]["accuracy"] == 0.9
    assert records(run("--model", "sentiment", "--json", "judge", GOOD))[0]["text"] == GOOD


def test_behind_the_dashes_everything_is_text():
    texts = ["-", "--json", "-x", "train"]
    assert [record["text"] for record in records(run("--json", "--", *texts))] == texts


def test_stdin_is_one_text_a_line():
    done = run("--json", "-", stdin=f"\ufeff{GOOD}\r\n\n{BAD}")
    found = records(done)
    assert [record["text"] for record in found] == [GOOD, "", BAD]
    assert found[1] == {"text": "", "label": "uncertain", "probability": 0.5}
    found = records(run("--json", BAD, "-", GOOD, stdin="好\n"))
    assert [record["text"] for record in found] == [BAD, "好", GOOD]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "big5"])
def test_stdin_in_a_named_encoding(encoding):
    text = "很好用\n真差\n"
    done = run("--json", "-", "--encoding", encoding, stdin=text.encode(encoding))
    assert [record["text"] for record in records(done)] == ["很好用", "真差"]


def test_stdin_in_another_encoding_names_the_line_and_keeps_what_was_before():
    done = run("--json", "-", stdin=f"{GOOD}\n".encode() + "差\n".encode("gbk"))
    assert done.exit_code == 1
    assert [json.loads(line)["text"] for line in done.stdout.splitlines()] == [GOOD]
    expected = "gezhi: stdin: line 2 is not utf-8 (byte 1 of the line); name its encoding"
    assert done.stderr.startswith(expected)
    refused(run("-", "--encoding", "klingon", stdin="x"), "no encoding is called 'klingon'")


def test_stdin_is_judged_as_it_comes():
    process = subprocess.Popen(
        [sys.executable, "-m", "gezhi", "read", "sentiment", "--json", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    for text in (GOOD, BAD):
        process.stdin.write(f"{text}\n".encode())
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["text"] == text  # before stdin is closed
    process.stdin.close()
    assert process.wait(timeout=60) == 0


HARD = {
    "empty": "",
    "one emoji": "😀",
    "100,000 characters": "好" * 100_000,
    "control characters": "\x07\x1b[31m很好\x00\u202e\r\n",
    "white space": " \n\t\u3000",
    "spaces inside": "很 好",
}


@pytest.mark.parametrize("case", HARD)
def test_any_text_gets_a_probability(case):
    (record,) = records(run("--json", "--", HARD[case]))
    assert record["text"] == HARD[case]
    assert 0 <= record["probability"] <= 1
    if not HARD[case].strip():
        assert (record["label"], record["probability"]) == ("uncertain", 0.5)
    shown = run("--", HARD[case]).stdout
    assert shown.count("\n") == 1
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", shown)


def test_explaining_in_json_and_in_words():
    (record,) = records(run("--json", "--explain", BAD))
    assert list(record)[:3] == ["text", "label", "probability"]
    assert set(record) == {
        "text",
        "label",
        "probability",
        "weights",
        "deletions",
        "probability_after",
    }
    assert len(record["weights"]) == len(BAD)
    left = "".join(c for i, c in enumerate(BAD) if i not in record["deletions"])
    assert record["deletions"]
    assert records(run("--json", left))[0]["probability"] == pytest.approx(
        record["probability_after"], abs=1e-3
    )
    assert record["probability_after"] >= 0.5
    shown = run("--explain", BAD).stdout
    assert "\x1b" not in shown
    assert "lower  " in shown
    assert ", without 「" in shown
    assert records(run("--json", "--explain", ""))[0]["weights"] == []


def on_a_terminal(*arguments: str, columns: int = 80, **environment: str) -> str:
    """What the command prints when its stdout is a terminal."""
    ours, theirs = pty.openpty()
    base = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    process = subprocess.Popen(
        [sys.executable, "-m", "gezhi", "read", "sentiment", *arguments],
        stdout=theirs,
        env={**base, "COLUMNS": str(columns), "TERM": "xterm-256color", **environment},
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            block = os.read(ours, 65536)
        except OSError:  # Linux says so when the other side is closed
            break
        if not block:
            break
        written += block
    os.close(ours)
    assert process.wait(timeout=60) == 0
    return written.decode().replace("\r\n", "\n")


def test_colour_and_width_belong_to_a_terminal():
    long = BAD * 20
    shown = on_a_terminal("--explain", long)
    assert "\x1b[31m" in shown
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert max(map(cell_width, plain.splitlines())) <= 80
    coloured = [line.strip() for line in plain.splitlines() if line.startswith("  太")]
    assert coloured
    assert "\x1b" not in on_a_terminal("--explain", long, NO_COLOR="1")
    assert "\x1b" not in on_a_terminal("--explain", long, TERM="dumb")
    assert run(long).stdout.strip().endswith(long)  # a pipe gets all of it


def labelled(folder: Path, lines: str = "", name: str = "a.csv") -> Path:
    path = folder / name
    path.write_text(lines or f"text,label\n{GOOD},1\n{BAD},0\n很好,1\n太差,0\n", encoding="utf-8")
    return path


def test_a_file_is_labelled(tmp_path):
    path, target = labelled(tmp_path), tmp_path / "b.csv"
    done = run("--file", path, "--output", target)
    assert (done.exit_code, done.stdout) == (0, "")
    assert "4 rows judged: " in done.stderr
    lines = target.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "text,label,gezhi_label,probability"
    assert lines[1].startswith(f"{GOOD},1,positive,")
    (record,) = records(run("--file", path, "--output", target, "--json", "--column", "1"))
    assert (record["rows"], record["format"], record["encoding"]) == (4, "csv", "utf-8")
    assert record["output"] == str(target)
    quiet = run("--file", path, "--output", target, "--quiet")
    assert (quiet.exit_code, quiet.stdout, quiet.stderr) == (0, "", "")


def test_a_file_is_printed(tmp_path):
    found = records(run("--file", labelled(tmp_path), "--json"))
    assert [record["text"] for record in found] == [GOOD, BAD, "很好", "太差"]
    path = labelled(tmp_path, f"{GOOD}\n\n{BAD}\n", "a.txt")
    assert [one["text"] for one in records(run("--file", path, "--json"))] == [GOOD, "", BAD]
    path = labelled(tmp_path, f"1,{GOOD}\n2,{BAD}\n", "c.csv")
    found = records(run("--file", path, "--json", "--no-header", "--column", "2"))
    assert [one["text"] for one in found] == [GOOD, BAD]


BAD_FILES = {
    "a missing column": (
        "text,n\n好,1\n",
        "--column 评论",
        "a.csv has no column '评论'; its columns are text, n",
    ),
    "no obvious column": ("a,b\n好,1\n", "", r"which column holds the text\? name one of a, b"),
    "ragged rows": (
        "text,n\n好,1\n差,1,2\n",
        "",
        r"row 3 \(line 3\) has 3 fields where the header has 2",
    ),
    "short rows": ("text,n\n好\n", "", r"row 2 \(line 2\) has 1 field where the header has 2"),
    "a binary file": (
        b"\x89PNG\r\n\x1a\n\0\0",
        "",
        r"a\.csv is a picture \(PNG\) and not a csv file",
    ),
    "bytes of nothing": (b"\x80\x81\xff\xfe\x00" * 9, "", "a NUL byte at offset 4"),
    "a wrong encoding": (
        "评论\n好\n".encode("gbk"),
        "--encoding utf-8",
        r"offset 0 \(line 1\) are not utf-8",
    ),
    "no encoding": ("text\n好\n", "--encoding klingon", "no encoding is called 'klingon'"),
    "an empty file": ("", "", "a.csv is empty"),
    "an open quotation mark": ('text\n"好\n', "", "opens a quotation mark that is never closed"),
}


@pytest.mark.parametrize("case", BAD_FILES)
@pytest.mark.parametrize("output", [True, False])
def test_a_bad_file_is_one_sentence_and_leaves_nothing(tmp_path, case, output):
    content, options, sentence = BAD_FILES[case]
    path = tmp_path / "a.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    more = ["--output", tmp_path / "b.csv"] if output else []
    refused(run("--file", path, *more, *options.split()), sentence)
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


BAD_LABELS = {
    "NaN labels": ("text,label\n好,1\n差,NaN\n", "a.csv: row 3 has no label"),
    "empty labels": ("text,label\n好,\n", "a.csv: row 2 has no label"),
    "one class": ("text,label\n好,1\n行,1\n", "all 2 labels are positive; both classes are needed"),
    "other labels": ("text,label\n好,4\n", "row 2 has the label '4'; labels may be 1 and 0"),
    "no label column": (
        "text,n,m\n好,4,5\n",
        r"which column holds the labels\? name one of text, n, m",
    ),
}


@pytest.mark.parametrize("case", BAD_LABELS)
@pytest.mark.parametrize("verb", ["train", "evaluate"])
def test_bad_labels_are_one_sentence(tmp_path, case, verb):
    content, sentence = BAD_LABELS[case]
    refused(run(verb, "--file", labelled(tmp_path, content)), sentence)


def test_a_damaged_bundle_is_one_sentence(tmp_path):
    shipped = SentimentModel.load().bundle.folder
    copy = tmp_path / "model"
    copy.mkdir()
    for path in shipped.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    model = bytearray((copy / "model.onnx").read_bytes())
    model[len(model) // 2] ^= 1
    (copy / "model.onnx").write_bytes(model)
    refused(run(GOOD, "--model", copy), "model.onnx")
    refused(run(GOOD, "--model", "none"), "there is no model 'none'")
    refused(run("evaluate", "--file", labelled(tmp_path), "--model", copy), "model.onnx")


WRONG_USAGE = {
    "texts and a file": ([GOOD, "--file", "a.csv"], "texts or --file, not both"),
    "only options": (["--json"], "give a text, - for stdin, or --file"),
    "output alone": ([GOOD, "--output", "b.csv"], "--output goes with --file"),
    "column alone": ([GOOD, "--column", "text"], "--column goes with --file"),
    "explain a file into a file": (
        ["--file", "a.csv", "--output", "b.csv", "--explain"],
        "--explain prints and goes without --output",
    ),
    "workers alone": ([GOOD, "--workers", "2"], "--workers and --restart go with"),
    "stdin as a file": (["--file", "-"], "to read texts from stdin give - alone"),
    "stdout as a file": (["--file", "a.csv", "--output", "-"], "--output needs a file"),
    "accuracy": ([GOOD, "--accuracy", "0.4"], "0.4 is not in the range 0.5<x<1"),
    "threads": ([GOOD, "--threads", "0"], "0 is not in the range"),
    "unknown option": ([GOOD, "--colour"], "No such option"),
    "train without a file": (["train"], "Missing option '--file'"),
    "epochs": (["compare", "--epochs", "many"], "neither N nor VARIANT=N"),
    "text for a verb": (["evaluate", "--file", "a.csv", "--", "x"], "takes no texts"),
}


@pytest.mark.parametrize("case", WRONG_USAGE)
def test_wrong_usage_exits_with_2(case):
    arguments, sentence = WRONG_USAGE[case]
    refused(run(*arguments), sentence, 2)


def test_evaluating_gives_every_figure(tmp_path):
    path = labelled(tmp_path)
    (record,) = records(run("evaluate", "--file", path, "--json"))
    model = SentimentModel.load()
    texts, labels = [GOOD, BAD, "很好", "太差"], [1, 0, 1, 0]
    oracle = evaluate(labels, model.probabilities(texts), model.band(0.97))
    for name in ("n", "accuracy", "accuracy_low", "accuracy_high", "f1", "coverage"):
        assert record[name] == pytest.approx(getattr(oracle, name))
    assert record["expected_calibration_error"] == pytest.approx(
        oracle.expected_calibration_error, abs=1e-4
    )
    shown = run("evaluate", "--file", path).stdout
    assert shown == "\n".join(draw_evaluation(oracle)) + "\n"
    assert max(map(cell_width, shown.splitlines())) <= 80


def test_training_needs_its_extra(tmp_path, monkeypatch):
    def require(module: str, extra: str):
        raise MissingExtra(f"{module} needs the extra '{extra}': pip install 'gezhi[{extra}]'")

    monkeypatch.setattr("gezhi.kernel.extras.require", require)
    refused(run("train", "--file", labelled(tmp_path)), r"pip install 'gezhi\[train\]'")


def test_a_model_of_ones_own_gets_a_free_name(tmp_path):
    path = labelled(tmp_path)
    refused(run("train", "--file", path, "--name", "sentiment"), "comes with gezhi", 2)
    refused(run("train", "--file", path, "--name", "../x"), "use letters, digits", 2)
    refused(run("train", "--file", path, "--output", tmp_path), "exists already")


class FakeTraining:
    """Stands in for the training, which takes minutes."""

    def __init__(self) -> None:
        self.calls: list[tuple] = []

    def train_bundle(self, texts, labels, folder, **how):
        from gezhi.kernel.bundle import write_bundle

        self.calls.append((texts, labels, how))
        how["report"](1, 1, "")
        return write_bundle(
            folder, name=how["name"], version="1", kind="sentiment", files={"m": b"1"},
            parameters={}, inputs={}, outputs={}, preprocessing={}, metrics={"a": 1}, training={},
        )  # fmt: skip


def test_training_hands_over_the_labelled_texts(tmp_path, monkeypatch):
    fake = FakeTraining()
    monkeypatch.setattr("gezhi.kernel.extras.require", lambda module, extra: fake)
    path = labelled(tmp_path, "评论,标签\n好,好评\n差,差评\n,差评\n")
    done = run("train", "--file", path, "--name", "mine", "--seed", 7)
    folder = user_models_folder() / "mine" / "1"
    assert (done.exit_code, done.stdout) == (0, f"{folder}\n")
    assert done.stderr == "1 rows without text are left out\n"
    texts, labels, how = fake.calls[0]
    assert (texts, labels, how["name"], how["seed"]) == (["好", "差"], [1, 0], "mine", 7)
    (record,) = records(run("train", "--file", path, "--output", tmp_path / "m", "--json"))
    assert record["folder"] == str(tmp_path / "m")
    assert record["metrics"] == {"a": 1}
    refused(run("train", "--file", path, "--name", "mine"), "exists already")


def test_comparing_hands_over_its_options(tmp_path, monkeypatch):
    calls = []

    class Comparison:
        def rows(self):
            return [{"variant": "char-onehot"}, {"variant": "word-embedding"}]

    def compare(file, folder, **how):
        calls.append((file, folder, how))
        return Comparison()

    monkeypatch.setattr("gezhi.reading.sentiment.compare.compare", compare)
    done = run(
        "compare", "--json", "--folder", tmp_path, "--epochs", "2", "--epochs", "char-onehot=3"
    )
    assert [record["variant"] for record in records(done)] == ["char-onehot", "word-embedding"]
    file, folder, how = calls[0]
    assert (file, folder) == (None, tmp_path)
    assert how["epochs"] == {"char-onehot": 3, "char-embedding": 2, "word-embedding": 2}
    assert how["protocols"] == ("post", "honest")


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    path = labelled(tmp_path, "很好\n" * 3000, "a.txt")
    command = (
        f"{sys.executable} -m gezhi read sentiment --file {path} | head -1; echo ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


def test_bytes_that_are_no_text_of_the_terminal_are_refused():
    refused(run("好\udce4"), "text 1 is not in the encoding of this terminal")


def every_command(command: click.Command, path: str = ""):
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from every_command(inner, f"{path} {name}")


@pytest.mark.parametrize(("path", "command"), list(every_command(reading.read, "read")))
def test_every_command_and_option_has_help(path, command):
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path} {parameter.name}"


def test_characters_that_a_terminal_would_obey_are_shown_as_dots():
    assert visible("好\x1b[2J\t\u202e差\u200d") == "好·[2J ·差\u200d"
    assert len(visible("a\x00\n\ud800")) == 4
    assert cell_width("很好a\u0301") == 5
    assert shorten("很好很好", 5) == "很好…"
    line = draw_judgement(Judgement("很" * 50, "positive", 0.5), width=80, colour=False)
    assert cell_width(line) <= 80


def test_an_explanation_in_colour_marks_what_turns_it_over():
    explanation = Explanation("好差的", 0.2, (1.0, -2.0, 0.01), (1,), 0.8)
    lines = draw_explanation(explanation, width=80, colour=True)
    assert lines[0] == "  \x1b[32m\x1b[1m好\x1b[0m\x1b[4m\x1b[31m\x1b[1m差\x1b[0m的"
    assert lines[1:] == [
        "  raise  好 +1.00  的 +0.01",
        "  lower  差 -2.00",
        "  positive, 0.2000 → 0.8000, without 「差」",
    ]


def test_a_text_that_does_not_turn_over_says_so():
    explanation = Explanation("嗯", 0.3, (-1.0,), (), 0.3)
    last = draw_explanation(explanation, width=80, colour=False)[-1]
    assert last == "  deleting a few characters does not turn it over"
