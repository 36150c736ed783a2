"""Labelled reviews of a user's file: texts with good or bad, in whatever words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gezhi.errors import InputError
from gezhi.kernel.tables import Table, cell_text, find_column, open_table
from gezhi.reading.sentiment.labelling import TEXT_COLUMNS

__all__ = ["LABEL_COLUMNS", "LabelledTexts", "read_labelled_texts"]

LABEL_COLUMNS = (
    *("label", "labels", "sentiment", "class", "polarity", "target", "category_label"),
    *("标签", "情感", "情感标签", "情感倾向", "极性", "好坏", "標籤"),
)
_POSITIVE = frozenset(
    (
        *("1", "+1", "positive", "pos", "p", "true", "yes", "good"),
        *("好", "好评", "正", "正面", "正向", "积极", "正面评价", "是", "好評", "積極"),
    )
)
_NEGATIVE = frozenset(
    (
        *("0", "-1", "negative", "neg", "n", "false", "no", "bad"),
        *("坏", "差", "差评", "负", "负面", "负向", "消极", "负面评价", "否"),
        *("差評", "負面", "消極"),
    )
)
_ACCEPTED = "1 and 0, 1 and -1, positive and negative, true and false, 好评 and 差评, 正面 and 负面"


@dataclass(frozen=True, slots=True)
class LabelledTexts:
    """Texts and their labels (1 positive, 0 negative); rows without text are left out."""

    texts: list[str]
    labels: list[int]
    empty: int


def read_labelled_texts(
    source: Path | str,
    *,
    text_column: str | None = None,
    label_column: str | None = None,
    encoding: str | None = None,
    header: bool = True,
) -> LabelledTexts:
    """Read all texts with their labels, to train on or to evaluate with.

    Raises:
        InputError: the file cannot be read, a label is missing or is not one of the words known
            (names the row), or all labels are of one class.
    """
    table = open_table(source, encoding=encoding, header=header)
    if len(table.columns) < 2:
        raise InputError(f"{table.path.name} has one column; it should have texts and labels")
    label_place = find_column(table, label_column, LABEL_COLUMNS, "labels")
    text_place = _text_place(table, text_column, label_place)
    texts, labels, empty, zero_row, minus_row = [], [], 0, 0, 0
    for row in table.rows():
        word = _word(row.values[label_place])
        label = _label(table, row.number, word)
        zero_row = zero_row or (row.number if word == "0" else 0)
        minus_row = minus_row or (row.number if word == "-1" else 0)
        text = cell_text(row.values[text_place])
        if text is None:
            empty += 1
            continue
        texts.append(text.encode("utf-8", "replace").decode("utf-8"))
        labels.append(label)
    if zero_row and minus_row:
        raise InputError(
            f"{table.path.name} has three classes: the label 0 in row {zero_row} and -1 in row "
            f"{minus_row}; keep two, {_ACCEPTED}"
        )
    _check_classes(table, labels)
    return LabelledTexts(texts, labels, empty)


def _text_place(table: Table, asked: str | None, label_place: int) -> int:
    others = [place for place in range(len(table.columns)) if place != label_place]
    if asked is None and len(others) == 1:
        return others[0]
    place = find_column(table, asked, TEXT_COLUMNS, "text")
    if place == label_place:
        raise InputError(
            f"{table.path.name}: the column '{table.columns[place]}' cannot be both text and label"
        )
    return place


def _word(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return str(int(value))
    word = str(value).strip().lower()
    try:
        number = float(word)
    except ValueError:
        return word
    return str(int(number)) if math.isfinite(number) and number == int(number) else word


def _label(table: Table, number: int, word: str) -> int:
    if word in _POSITIVE:
        return 1
    if word in _NEGATIVE:
        return 0
    what = "no label" if word in ("", "nan", "none", "null") else f"the label '{word[:40]}'"
    raise InputError(f"{table.path.name}: row {number} has {what}; labels may be {_ACCEPTED}")


def _check_classes(table: Table, labels: list[int]) -> None:
    if not labels:
        raise InputError(f"{table.path.name} has no labelled text")
    if len(set(labels)) == 1:
        only = "positive" if labels[0] else "negative"
        raise InputError(
            f"{table.path.name}: all {len(labels):,} labels are {only}; both classes are needed"
        )
