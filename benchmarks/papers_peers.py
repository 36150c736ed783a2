"""What others find in the same texts: two published packages, and 0.2.0 as it is described."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = [
    "REDIRECTOR",
    "Found",
    "arxiv_id",
    "ask_node",
    "identifiers_arxiv",
    "pdfx",
    "redirector",
]

Found = set[tuple[str, str]]
"""Kind and id of every paper found in one text."""

REDIRECTOR = "our reading of the description of Cool Papers Redirector 0.2.0"

_HERE = Path(__file__).parent
_IDENTIFIERS = _HERE.parent / "node_modules" / "identifiers-arxiv"
_PDFX = _HERE / "peers" / "papers" / "bin" / "python"
_PDFX_SCRIPT = (
    "import json, sys\n"
    "from pdfx.extractor import extract_arxiv\n"
    "json.dump([sorted(extract_arxiv(text)) for text in json.load(sys.stdin)], sys.stdout)\n"
)


def ask_node(order: Mapping[str, Any]) -> Any:
    """What `papers_engine.mjs` answers to an order."""
    node = shutil.which("node")
    if node is None:
        raise SystemExit("node is missing: install nodejs 20 or newer")
    done = subprocess.run(
        [node, str(_HERE / "papers_engine.mjs")],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"papers_engine.mjs failed: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)


def arxiv_id(found: str) -> str:
    """An arXiv id as ours are written: peers give it with version, ending or subject class.

    The peer is helped wherever the meaning is plain.

    >>> arxiv_id("1706.03762v7"), arxiv_id("math.GT/0309136"), arxiv_id("1706.03762v1.pdf")
    ('1706.03762', 'math/0309136', '1706.03762')
    """
    found = found.strip().removesuffix(".pdf").rstrip(".,;:)]}>\"'")
    found = re.sub(r"v[0-9]+$", "", found)
    archive, slash, number = found.partition("/")
    return f"{archive.partition('.')[0].lower()}/{number}" if slash else found


def pdfx(texts: Sequence[str]) -> list[Found]:
    """pdfx 1.4.1 from PyPI, in its own environment: its regular expressions for arXiv."""
    if not _PDFX.exists():
        raise SystemExit(f"{_PDFX} is missing: `make bench` makes the environments of the peers")
    done = subprocess.run(
        [str(_PDFX), "-c", _PDFX_SCRIPT],
        input=json.dumps(list(texts)),
        capture_output=True,
        text=True,
        check=True,
    )
    return [{("arxiv", arxiv_id(one)) for one in found} for found in json.loads(done.stdout)]


def identifiers_arxiv(texts: Sequence[str]) -> list[Found]:
    """identifiers-arxiv 0.1.1 of Altmetric, from npm (`npm ci`)."""
    if not _IDENTIFIERS.exists():
        raise SystemExit(f"{_IDENTIFIERS} is missing: run `npm ci`")
    answers = ask_node({"peer": "identifiers-arxiv", "find": list(texts)})
    return [{("arxiv", arxiv_id(one)) for one in found} for found in answers]


_REDIRECTOR_RULES = (
    ("arxiv", re.compile(r"(\d{4}\.\d{4,5})")),
    ("openreview", re.compile(r"openreview\.net/[a-z]+\?(?:[^\s#]*&)?id=([A-Za-z0-9]+)")),
    ("acl", re.compile(r"aclanthology\.org/([A-Za-z0-9.-]+?)(?:\.pdf|/|$|\s)")),
    ("ijcai", re.compile(r"ijcai\.org/proceedings/(\d{4})/(\d+)")),
    ("pmlr", re.compile(r"proceedings\.mlr\.press/(v\d+)/([a-z0-9-]+)")),
)


def redirector(texts: Sequence[str]) -> list[Found]:
    """Cool Papers Redirector 0.2.0, written anew from what is said of it; nobody ran the original.

    It knows five sites, takes the first kind that is found, has no old arXiv ids, cuts OpenReview
    ids at a hyphen or underscore, opens group and volume pages as if they were papers, and does
    not read through percent-encoding.
    """
    return [_redirected(text) for text in texts]


def _redirected(text: str) -> Found:
    for kind, pattern in _REDIRECTOR_RULES:
        matches = [match.groups() for match in pattern.finditer(text)]
        if matches:
            # papers.cool writes the number first, then the year or volume.
            return {(kind, "@".join(reversed(groups))) for groups in matches}
    return set()
