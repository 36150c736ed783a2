"""Worked examples: what the room shows before anyone has pasted anything."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CARD", "EXAMPLES", "Example", "find_example"]


@dataclass(frozen=True, slots=True)
class Example:
    """Some text, and the key of its name in the catalogues."""

    text: str
    key: str


EXAMPLES: tuple[Example, ...] = (
    Example(
        "[1] Vaswani et al. Attention Is All You Need. arXiv:1706.03762v7\n"
        "[2] 苏剑林等，RoFormer：https://arxiv.org/pdf/2104.09864.pdf，另见 kexue.fm\n"
        "[3] Wang et al. VGGT. https://openaccess.thecvf.com/content/CVPR2025/html/"
        "Wang_VGGT_Visual_Geometry_Grounded_Transformer_CVPR_2025_paper.html\n"
        "[4] Shi et al. Large Language Models Can Be Easily Distracted. "
        "https://proceedings.mlr.press/v202/shi23a.html\n"
        "[5] Some journal article, doi:10.1109/TPAMI.2023.3341234, version 2.10.12",
        "papers.example.references",
    ),
    Example("https://openreview.net/forum?id=4xvE6Iy77Y&noteId=x1", "papers.example.link"),
    Example(
        "https://www.google.com/url?sa=t&url=https%3A%2F%2Faclanthology.org%2F"
        "2024.naacl-long.431.pdf&usg=x",
        "papers.example.redirect",
    ),
    Example(
        "@inproceedings{vaswani2017attention,\n"
        "  title     = {Attention Is All You Need},\n"
        "  author    = {Vaswani, Ashish and Shazeer, Noam},\n"
        "  booktitle = {Advances in Neural Information Processing Systems},\n"
        "  year      = {2017},\n"
        "  url       = {https://papers.nips.cc/paper_files/paper/2017/hash/"
        "3f5ee243547dee91fbd053c1c4a845aa-Abstract.html}\n"
        "}",
        "papers.example.bibtex",
    ),
    Example("rotary position embedding 旋转位置编码", "papers.example.words"),
)

CARD = "\n".join(EXAMPLES[0].text.split("\n")[:2])
"""What the room's card on the home page shows: two lines of the first example."""


def find_example(number: str | None) -> Example:
    """The example that an address asks for, or the first.

    >>> find_example("1").key, find_example("x").key
    ('papers.example.link', 'papers.example.references')
    """
    if number is not None and number.isascii() and number.isdigit() and len(number) < 4:
        index = int(number)
        if index < len(EXAMPLES):
            return EXAMPLES[index]
    return EXAMPLES[0]
