"""The room's job: label an uploaded file with the library's own function, then digest it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gezhi.reading.sentiment.labelling import label_file
from gezhi.reading.sentiment.model import SentimentModel
from gezhi.studio.sentiment.models import BEST
from gezhi.studio.sentiment.summary import digest_file
from gezhi.studio.tasks import Report

__all__ = ["label"]


def label(parameters: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Label `source` into `output`: counts, the band, a histogram and the telling reviews.

    Args:
        parameters: `source` and `output` (paths of the studio's own), `column` (a name, a number
            from 1, or None) and `accuracy`.
        report: told of every finished batch of rows.
    """
    output = Path(parameters["output"])
    summary = label_file(
        Path(parameters["source"]),
        output,
        column=parameters["column"],
        model=BEST,
        accuracy=parameters["accuracy"],
        resume=False,
        report=report,
    )
    report(summary.rows, summary.rows, "digest")
    band = SentimentModel.load(BEST).band(parameters["accuracy"])
    return {
        **asdict(summary),
        # The library counts rows without a text among the uncertain; the page shows them apart.
        "uncertain": summary.uncertain - summary.empty,
        "band": asdict(band),
        **digest_file(output, parameters["column"]),
    }
