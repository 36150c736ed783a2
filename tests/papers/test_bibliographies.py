"""Bibliographies: BibTeX and RIS, well formed or not."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gezhi.papers import Search
from gezhi.papers.documents import find_in
from gezhi.papers.documents.bibtex import plain_text
from gezhi.papers.documents.venues import find_venue

MANY = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def ids(located) -> list[str]:
    return [one.found.id for one in located]


def searches(located) -> list[tuple[str, str | None]]:
    return [(one.found.venue, one.title) for one in located if isinstance(one.found, Search)]


VASWANI = """\
@inproceedings{vaswani2017,
  title     = {{A}ttention is All you {N}eed},
  booktitle = {Advances in Neural Information Processing Systems},
  year      = 2017,
}
"""


class TestBibtex:
    def test_ids_stand_in_any_field(self):
        text = r"""
@article{a, journal={CoRR}, volume={abs/1706.03762}, title = "One {\"a}nd"}
@misc{b, eprint={math/0309136v2}, archivePrefix={arXiv}, title={Two}}
@inproceedings{c, doi={10.18653/v1/P18-1007}, url={https://aclanthology.org/P18-1007}}
@inproceedings{d, url={https://openreview.net/forum?id=B1l{\_}abcd\_x\&noteId=q}, title=Four}
@inproceedings{e, doi = "10.24963/ijcai.2019/267"}
"""
        located = find_in(text)
        assert [(one.found.kind, one.found.id, one.title) for one in located] == [
            ("arxiv", "1706.03762", "One änd"),
            ("arxiv", "math/0309136", "Two"),
            ("acl", "P18-1007", None),
            ("openreview", "B1l_abcd_x", "Four"),
            ("ijcai", "267@2019", None),
        ]
        for one in located:
            span = text[one.found.start : one.found.end]
            assert one.found.id.split("@")[0] in span.replace(r"{\_}", "_").replace(r"\_", "_")

    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ("eprint={0309136}, archivePrefix={arXiv}, primaryClass={math.GT}", "math/0309136"),
            ("primaryclass=hep-th, eprint=9901001v3, archiveprefix=ARXIV", "hep-th/9901001"),
            ('eprinttype="arxiv", eprintclass="cs.CL", eprint="arXiv:1706.03762"', "1706.03762"),
            ("eprint={1501.0001}, archiveprefix={arXiv}", "1501.00001"),
        ],
    )
    def test_an_id_that_is_spread_over_fields_is_put_together(self, fields, expected):
        text = f"@misc{{key, title={{T}}, {fields}}}"
        (one,) = find_in(text)
        assert (one.found.id, one.title) == (expected, "T")
        assert text[one.found.start : one.found.end].strip('{"') in fields

    def test_a_file_without_entries_is_a_text(self, tmp_path):
        (tmp_path / "a.bib").write_text("see 1706.03762", encoding="utf-8")
        assert ids(find_in(tmp_path / "a.bib")) == ["1706.03762"]

    def test_other_archives_make_no_id(self):
        assert find_in("@misc{k, eprint={0309136}, eprinttype={jstor}, primaryclass={math}}") == ()

    def test_a_conference_without_ids_is_a_search_with_its_title(self):
        (one,) = find_in(VASWANI)
        assert searches([one]) == [("neurips", "Attention is All you Need")]
        assert VASWANI[one.found.start :].startswith("@inproceedings{vaswani")
        assert one.line == 1

    @pytest.mark.parametrize(
        "field",
        [
            "eprint={1706.03762}, archiveprefix={arXiv}",
            "url={https://papers.nips.cc/paper/2017/hash/3f5ee243547dee91fbd053c1c4a845aa-Abstract.html}",
        ],
    )
    def test_an_id_or_an_address_comes_before_the_name_of_the_conference(self, field):
        (one,) = find_in(VASWANI.replace("year      = 2017", field))
        assert "attention" not in one.found.id
        assert one.title == "Attention is All you Need"
        # also where the same id stood in an entry before
        assert (
            len(find_in(f"@misc{{a, {field}}}\n" + VASWANI.replace("year      = 2017", field))) == 1
        )

    @pytest.mark.parametrize(
        "broken",
        [
            "@misc{a, title={open, eprint={1706.03762},\n@misc{b,title={B},eprint={1810.04805}}",
            "@misc{a title={no comma} eprint={1706.03762}}\n@misc{b,eprint={1810.04805},title={B}}",
            "@misc{a, title={x}}}}}}, eprint=1706.03762\n@misc{b, title = {B}, eprint={1810.04805",
            '@misc{a, title="quote, eprint="1706.03762"\n@misc{b, eprint={1810.04805}, title={B}',
            "1706.03762 @ @@ @{ @misc{, = , }\n@misc{b, title={B}, url={arxiv.org/abs/1810.04805}",
        ],
    )
    def test_a_malformed_file_gives_what_its_text_holds(self, broken):
        located = find_in(broken)
        assert ids(located) == ["1706.03762", "1810.04805"]
        assert located[1].title == "B"

    @MANY
    @given(cut=st.integers(0, 600))
    def test_a_file_that_was_cut_off_keeps_what_is_before_the_cut(self, cut):
        text = "".join(
            f"@misc{{k{n}, title={{Title {n}}}, eprint={{2403.{n:05}}}, archiveprefix={{arXiv}}}}\n"
            for n in range(1, 9)
        )
        whole = [one for one in find_in(text) if one.found.end <= cut - 1]
        assert find_in(text[:cut])[: len(whole)] == tuple(whole)

    @MANY
    @given(st.text(st.characters(categories=["L", "N", "Zs"], exclude_characters="ßıŁłøØ")))
    def test_a_title_without_commands_is_what_was_written(self, title):
        assert plain_text(f"{{{title}}}") == plain_text(title)
        if not set(title) & set("~"):
            assert plain_text(title).split() == plain_text(title.strip()).split()

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (r"{\'E}tude in {\"U}ber-{\ss}tra{\ss}e", "Étude in Über-ßtraße"),
            (r"Schr\"odinger and Erd\H{o}s and {\c c}edilla", "Schrödinger and Erdős and çedilla"),
            (r"\emph{Big} {\it data} 50\% \& more", "Big data 50% & more"),
            (r"The $\beta$-{VAE}: {L}a{T}e{X}", "The beta -VAE: LaTeX"),
            ("two\n   lines", "two lines"),
        ],
    )
    def test_a_title_is_read_as_a_person_writes_it(self, value, expected):
        assert plain_text(value) == expected


class TestRis:
    RECORDS = (
        "TY  - CONF\r\nTI  - Attention Is\r\n  All You Need\r\nT2  - NeurIPS 2017\r\nER  - \r\n\r\n"
        "TY  - JOUR\r\nT1  - Old one\r\nUR  - https://arxiv.org/abs/hep-th/9901001\r\nER  - \r\n"
        "TY  - CONF\r\nTI  - Third\r\nDO  - 10.18653/v1/P18-1007\r\nT2  - ACL\r\n"
    )

    def test_ids_searches_and_titles(self):
        located = find_in(self.RECORDS)
        assert [(one.found.id, one.title) for one in located] == [
            ("attention-is-all-you-need", "Attention Is All You Need"),
            ("hep-th/9901001", "Old one"),
            ("P18-1007", "Third"),
        ]
        assert searches(located) == [("neurips", "Attention Is All You Need")]
        assert [one.line for one in located] == [1, 9, 13]

    def test_a_file_by_its_ending_needs_no_sign(self, tmp_path):
        (tmp_path / "a.ris").write_text("TI  - T\nUR  - arxiv.org/abs/1706.03762", encoding="utf-8")
        (one,) = find_in(tmp_path / "a.ris")
        assert (one.found.id, one.title) == ("1706.03762", "T")

    @MANY
    @given(st.integers(0, len(RECORDS)))
    def test_a_file_that_was_cut_off_keeps_what_is_before_the_cut(self, cut):
        whole = [one for one in find_in(self.RECORDS) if one.found.end < cut]
        assert ids(find_in(self.RECORDS[:cut]))[: len(whole)] == ids(whole)


@pytest.mark.parametrize(
    ("name", "venue"),
    [
        ("Advances in Neural Information Processing Systems 33", "neurips"),
        ("NIPS'17: Proceedings", "neurips"),
        ("Computer Vision - {ECCV} 2020", "eccv"),
        ("Network and Distributed System Security Symposium", "ndss"),
        ("Proceedings of Machine Learning and Systems", "mlsys"),
        ("Proc. Interspeech 2023", "isca"),
        ("International Symposium on Computer Architecture (ISCA)", None),
        ("ECCV Workshops", None),
        ("Snippets", None),
        ("Nature", None),
    ],
)
def test_conferences_by_their_names(name, venue):
    assert find_venue(name) == venue
