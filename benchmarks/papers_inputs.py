"""Texts made from a seed: strings that try to part the two engines, and texts to time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

__all__ = ["HOSTILE_LENGTH", "hostile", "ordinary", "strings"]

HOSTILE_LENGTH = 50_000

_FRAGMENTS = (
    "arXiv:", "arxiv.org/abs/", "https://arxiv.org/pdf/", "export.arxiv.org/html/", "/list/",
    "1706.03762", "2403.12345", "0704.0001", "1412.9999", "1501.00001", "2413.00001", "hep-th/",
    "9901001", "math.GT/0309136", "cs/0112017", "v1", "v12", ".pdf", ".bib", "10.48550/arXiv.",
    "10.1109/TPAMI.2023.3341234", "10.18653/v1/", "10.24963/ijcai.2020/", "10.1609/aaai.v38i1.",
    "openreview.net/forum?id=", "openreview.net/pdf?id=", "openreview.net/group?id=",
    "&noteId=", "&amp;", "4xvE6Iy77Y", "a_B-c9dEfG", "aclanthology.org/",
    "www.aclweb.org/anthology/", "P18-1007", "n18-1074", "2022.acl-long.42", "W19-7509",
    "volumes/", "people/",
    "www.ijcai.org/proceedings/2020/", "0267", "267", "proceedings.mlr.press/v139/", "sun21c",
    ".html", "/sun21c.pdf", "openaccess.thecvf.com/content/CVPR2025/html/",
    "Wang_VGGT_Visual_Geometry_Grounded_Transformer_CVPR_2025_paper", "content_iccv_2017/papers/",
    "ojs.aaai.org/index.php/AAAI/article/view/", "36974", "/download/36974/39112",
    "www.usenix.org/conference/usenixsecurity24/presentation/", "xu-haichuan",
    "papers.nips.cc/paper/2017/hash/3f5ee243547dee91fbd053c1c4a845aa-Abstract.html",
    "www.ecva.net/papers/eccv_2020/papers_ECCV/html/1_ECCV_2020_paper.php",
    "www.ndss-symposium.org/ndss-paper/",
    "papers.cool/arxiv/", "papers.cool/venue/", "huggingface.co/papers/", "alphaxiv.org/abs/",
    "%2F", "%3A", "%3D", "%253D", "%", "\\/", "https%3A%2F%2F", "?url=", "&", "#", "+", "=",
    " ", "\n", "\t", "\r\n", ",", ";", ".", "-", "_", "/", "(", ")", "[", "]", "{", "}", "<", ">",
    "\"", "'", "，", "。", "（", "）", "：", "／", "．", "０", "９", "ａ", "Ａ", "\u3000", "\u00a0",
    "\u00ad", "\u200b", "\u2028", "\u2011", "²", "٣", "é", "e\u0301", "ſ", "K", "ı", "İ", "论文",
    "参见", "論文", "논문", "😀", "\ud83d", "\ude00", "\x00", "\x0b", "\x85", "\ufeff", "0", "1",
    "9", "a", "Z",
)  # fmt: skip

_WORDS = (
    "the of and to in we that is for this with model attention as on by are from training can be "
    "data which results learning method an network layer at loss it our not each more than have "
    "language between show these using however section table figure version 3.14 2.10.12 10 2019 "
    "1,024 p. 27 (see e.g. also) baseline\n\n"
)
_HAN = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工"


def strings(seed: int, count: int, texts: Sequence[str]) -> Iterator[str]:
    """Strings for comparing two engines: fragments in any order, texts with a few changes, and
    characters drawn from all of Unicode, lone surrogates included."""
    draw = random.Random(seed)
    for number in range(count):
        kind = number % 8
        if kind < 3:
            made = "".join(draw.choice(_FRAGMENTS) for _ in range(draw.randint(1, 12)))
        elif kind < 7:
            made = _changed(draw.choice(texts), draw)
        else:
            made = "".join(chr(_code(draw)) for _ in range(draw.randint(1, 60)))
        # JSON would make one character of two surrogates side by side: here they are one already.
        yield made.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _changed(text: str, draw: random.Random) -> str:
    characters = list(text)
    for _ in range(draw.randint(1, 4)):
        place = draw.randint(0, len(characters))
        action = draw.randint(0, 2)
        if action == 0:
            characters.insert(place, draw.choice(_FRAGMENTS))
        elif action == 1:
            del characters[place : place + draw.randint(1, 3)]
        elif place < len(characters):
            characters[place] = draw.choice(_FRAGMENTS)
    return "".join(characters)


def _code(draw: random.Random) -> int:
    highest = draw.choice((0x7F, 0x7F, 0x7F, 0xFF, 0x33FF, 0xFFFF, 0x10FFFF))
    return draw.randint(0, highest)


def ordinary(seed: int, size_bytes: int, texts: Sequence[str], *, han: bool) -> str:
    """Running text with a reference now and then, of a given size in UTF-8."""
    draw = random.Random(seed)
    words = _WORDS.split(" ")
    parts: list[str] = []
    size = 0
    while size < size_bytes:
        if draw.random() < 0.01:
            part = f" {draw.choice(texts)} "
        elif han:
            part = "".join(draw.choices(_HAN, k=draw.randint(6, 14))) + draw.choice("，。；")
        else:
            part = " ".join(draw.choices(words, k=12)) + " "
        parts.append(part)
        size += len(part.encode("utf-8", "surrogatepass"))
    return "".join(parts).encode("utf-8", "surrogatepass")[:size_bytes].decode("utf-8", "ignore")


def hostile(seed: int) -> dict[str, str]:
    """A family of inputs of 50,000 characters that invite backtracking: every fragment over and
    over, pairs of them, and long runs that almost match."""
    draw = random.Random(seed)
    family = {f"{one!r} repeated": one for one in _FRAGMENTS}
    for _ in range(120):
        pair = draw.choice(_FRAGMENTS) + draw.choice(_FRAGMENTS)
        family[f"{pair!r} repeated"] = pair
    made = {name: (unit * HOSTILE_LENGTH)[:HOSTILE_LENGTH] for name, unit in family.items()}
    starts = ("arXiv:", "https://", "openreview.net/forum?", "10.1109/", "https://arxiv.org/abs/",
              "openaccess.thecvf.com/content/", "papers.cool/arxiv/", "aclanthology.org/",
              "https://www.google.com/url?q=")  # fmt: skip
    fills = (" ", "\n", "a", "1", "a=b&", "/", "%2F", "%25", "1.", "-", "_", "A_", "1706.03762,",
             "\u00ad", "，", "id=", "url=http")  # fmt: skip
    for start in starts:
        for fill in fills:
            text = start + fill * HOSTILE_LENGTH
            made[f"{start!r}, then {fill!r}"] = text[:HOSTILE_LENGTH]
    for number in range(10):
        text = "".join(strings(seed + number, 4_000, ["arXiv:1706.03762v7 doi:10.1/x"]))
        made[f"random fragments {number}"] = text[:HOSTILE_LENGTH]
    return made
