"""Judgements, explanations and figures as lines of a terminal, 80 columns or whatever there is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gezhi.kernel.terminal import cell_width, shorten, visible
from gezhi.reading.sentiment.evaluation import Evaluation
from gezhi.reading.sentiment.explanation import Explanation
from gezhi.reading.sentiment.model import Judgement

__all__ = ["draw_evaluation", "draw_explanation", "draw_judgement"]

_RESET = "\x1b[0m"
_COLOURS = {"positive": "\x1b[32m", "negative": "\x1b[31m", "uncertain": "\x1b[33m"}
_UNDERLINE = "\x1b[4m"
_STRONG, _FAINT = 0.5, 0.1  # shares of the largest weight, above which a character is marked
_LISTED = 6


def draw_judgement(judgement: Judgement, *, width: int | None, colour: bool) -> str:
    """One line: label, probability of positive, and the text, cut to the width if there is one."""
    label = judgement.label.ljust(9)
    if colour:
        label = _COLOURS[judgement.label] + label + _RESET
    text = visible(judgement.text)
    if width is not None:
        text = shorten(text, max(10, width - 19))
    return f"{label}  {judgement.probability:.4f}  {text}".rstrip()


def draw_explanation(explanation: Explanation, *, width: int, colour: bool) -> list[str]:
    """The lines below a judgement: the text with its weights in colour, and the same in words.

    Green raises the probability of positive, red lowers it; underlined are the characters without
    which the judgement turns over.
    """
    lines = []
    if colour:
        lines += _coloured(explanation, width)
    lines += _weights_in_words(explanation)
    if explanation.deletions:
        before, after = explanation.probability, explanation.probability_after
        turned = "positive" if after >= 0.5 else "negative"
        without = _runs(explanation.text, explanation.deletions)
        lines.append(shorten(f"{turned}, {before:.4f} → {after:.4f}, without {without}", width - 2))
    elif explanation.weights:
        lines.append("deleting a few characters does not turn it over")
    return ["  " + line for line in lines]


def _coloured(explanation: Explanation, width: int) -> list[str]:
    largest = max(map(abs, explanation.weights), default=0.0) or 1.0
    turning = set(explanation.deletions)
    lines, line, used = [], "", 0
    pairs = zip(visible(explanation.text), explanation.weights, strict=True)
    for position, (character, weight) in enumerate(pairs):
        share = abs(weight) / largest
        style = _UNDERLINE if position in turning else ""
        if share >= _FAINT:
            style += _COLOURS["positive" if weight > 0 else "negative"]
            style += "\x1b[1m" if share >= _STRONG else ""
        if used + cell_width(character) > width - 2:
            lines.append(line)
            line, used = "", 0
        line += style + character + _RESET if style else character
        used += cell_width(character)
    return [*lines, line] if line else lines


def _weights_in_words(explanation: Explanation) -> list[str]:
    """The characters that weigh most, in nats of the log-odds, upwards and downwards."""
    text = visible(explanation.text)
    order = sorted(range(len(text)), key=lambda i: -abs(explanation.weights[i]))
    lines = []
    for name, sign in (("raise", 1), ("lower", -1)):
        places = [i for i in order if sign * explanation.weights[i] > 0.005][:_LISTED]
        if places:
            words = "  ".join(f"{text[i]} {explanation.weights[i]:+.2f}" for i in places)
            lines.append(f"{name}  {words}")
    return lines


def _runs(text: str, positions: Sequence[int]) -> str:
    """The characters at these positions, those that stand side by side together."""
    shown, last = visible(text), -2
    runs: list[str] = []
    for position in sorted(positions):
        if position == last + 1:
            runs[-1] += shown[position]
        else:
            runs.append(shown[position])
        last = position
    listed = "".join(f"「{run}」" for run in runs[:_LISTED])
    return listed + (f" and {len(runs) - _LISTED} more" if len(runs) > _LISTED else "")


def draw_evaluation(evaluation: Evaluation) -> list[str]:
    """The figures as a block of lines."""
    e, band = evaluation, evaluation.band
    decided = "nothing is decided"
    if e.decided_accuracy is not None:
        decided = f"{e.coverage:.2%} of the reviews, {e.decided_accuracy:.2%} of them right"
    figures = (
        ("reviews", f"{e.n:,}"),
        (
            "accuracy",
            f"{e.accuracy:.2%}  (95 % interval {e.accuracy_low:.2%}–{e.accuracy_high:.2%})",
        ),
        ("balanced accuracy", f"{e.balanced_accuracy:.2%}"),
        ("F1 of positive", f"{e.f1:.4f}"),
        ("calibration error", f"{e.expected_calibration_error:.4f}  (expected, 15 bins)"),
        ("decided", decided),
        ("band", f"{band.low:.4f}–{band.high:.4f}, for {band.accuracy:.1%} right"),
    )
    lines = [f"{name:<18} {figure}" for name, figure in figures]
    lines += ["", f"{'':<18} {'judged negative':>15} {'uncertain':>10} {'positive':>10}"]
    names = ("truly negative", "truly positive")
    for name, row in zip(names, evaluation.banded, strict=True):
        cells = _cells(row, (15, 10, 10))
        lines.append(f"{name:<18} {cells}")
    return lines


def _cells(row: Iterable[int], widths: Iterable[int]) -> str:
    return " ".join(f"{count:>{width},}" for count, width in zip(row, widths, strict=True))
