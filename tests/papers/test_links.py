"""The addresses of papers, the same in Python and JavaScript."""

from dataclasses import asdict
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gezhi.errors import ParameterError
from gezhi.papers import Paper, abstract_url, combined_links, find, paper_url, pdf_url, search_url
from tests.papers.engine import ask
from tests.papers.strings import ODD, random_strings

COOL = "https://papers.cool"
# kind, id, its page on papers.cool, on its own site, and its PDF: as the sites write them
KNOWN = [
    *[
        ("arxiv", name, f"{COOL}/arxiv/{name}", f"https://arxiv.org/abs/{name}", f"{pdf}/{name}")
        for pdf in ["https://arxiv.org/pdf"]
        for name in ["1706.03762", "hep-th/9901001", "math/0309136"]
    ],
    (
        *("openreview", "4xvE6Iy77Y", f"{COOL}/venue/4xvE6Iy77Y@OpenReview"),
        "https://openreview.net/forum?id=4xvE6Iy77Y",
        "https://openreview.net/pdf?id=4xvE6Iy77Y",
    ),
    (
        *("acl", "2024.naacl-long.431", f"{COOL}/venue/2024.naacl-long.431@ACL"),
        "https://aclanthology.org/2024.naacl-long.431/",
        "https://aclanthology.org/2024.naacl-long.431.pdf",
    ),
    (
        *("ijcai", "267@2026", f"{COOL}/venue/267@2026@IJCAI"),
        "https://www.ijcai.org/proceedings/2026/267",
        "https://www.ijcai.org/proceedings/2026/0267.pdf",
    ),
    (
        *("pmlr", "sun21c@v139", f"{COOL}/venue/sun21c@v139@PMLR"),
        "https://proceedings.mlr.press/v139/sun21c.html",
        "https://proceedings.mlr.press/v139/sun21c/sun21c.pdf",
    ),
    (
        "cvf",
        "Wang_VGGT_Visual_Geometry_Grounded_Transformer@CVPR2025",
        f"{COOL}/venue/Wang_VGGT_Visual_Geometry_Grounded_Transformer@CVPR2025@CVF",
        "https://openaccess.thecvf.com/content/CVPR2025/html/"
        "Wang_VGGT_Visual_Geometry_Grounded_Transformer_CVPR_2025_paper.html",
        "https://openaccess.thecvf.com/content/CVPR2025/papers/"
        "Wang_VGGT_Visual_Geometry_Grounded_Transformer_CVPR_2025_paper.pdf",
    ),
    (
        *("aaai", "36974", f"{COOL}/venue/36974@AAAI"),
        "https://ojs.aaai.org/index.php/AAAI/article/view/36974",
        None,
    ),
    (
        *("usenix", "xu-haichuan@usenixsecurity24"),
        f"{COOL}/venue/xu-haichuan@usenixsecurity24@USENIX",
        "https://www.usenix.org/conference/usenixsecurity24/presentation/xu-haichuan",
        None,
    ),
]


@pytest.mark.parametrize(("kind", "name", "cool", "abstract", "pdf"), KNOWN)
def test_the_addresses_of_a_paper(kind, name, cool, abstract, pdf):
    paper = Paper(kind, name, 0, 1)
    assert (paper_url(paper), abstract_url(paper), pdf_url(paper)) == (cool, abstract, pdf)
    assert [(one.kind, one.id) for one in find(cool).papers] == [(kind, name)]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("A_B@ICCV2023", "content/ICCV2023/{}/A_B_ICCV_2023_paper"),
        ("A_B@CVPR2020", "content_CVPR_2020/{}/A_B_CVPR_2020_paper"),
        ("Hu_Squeeze@CVPR2018", "content_cvpr_2018/{}/Hu_Squeeze_CVPR_2018_paper"),
        (
            "Girshick_Fast_R-CNN@ICCV2015",
            "content_iccv_2015/{}/Girshick_Fast_R-CNN_ICCV_2015_paper",
        ),
        ("Szegedy_Going@CVPR2015", "content_cvpr_2015/{}/Szegedy_Going_2015_CVPR_paper"),
        ("A_B@ICCV2013", "content_iccv_2013/{}/A_B_2013_ICCV_paper"),
    ],
)
def test_cvf_has_written_its_addresses_in_several_ways(name, path):
    paper = Paper("cvf", name, 0, 1)
    site = f"https://openaccess.thecvf.com/{path}"
    assert abstract_url(paper) == f"{site.format('html')}.html"
    assert pdf_url(paper) == f"{site.format('papers')}.pdf"
    for address in (abstract_url(paper), pdf_url(paper)):
        assert [(one.kind, one.id) for one in find(address or "").papers] == [("cvf", name)]


def test_combined_links_are_two_at_most_and_name_each_paper_once():
    papers = [Paper(kind, name, 0, 1) for kind, name, *_ in KNOWN] * 2
    arxiv, venue = combined_links(papers)
    assert arxiv == f"{COOL}/arxiv/1706.03762,hep-th/9901001,math/0309136"
    assert venue.startswith(f"{COOL}/venue/4xvE6Iy77Y@OpenReview,2024.naacl-long.431@ACL,")
    assert combined_links(papers[3:4]) == (f"{COOL}/venue/4xvE6Iy77Y@OpenReview",)
    assert combined_links([]) == ()


# Python counts four control characters as white space that Unicode does not.
QUERY = st.characters(exclude_categories=["Cs"], exclude_characters="\x1c\x1d\x1e\x1f")


@given(st.text(alphabet=QUERY, max_size=40))
def test_a_query_comes_back_as_it_was(query):
    for scope in ("arxiv", "venue"):
        parts = urlsplit(search_url(query, scope=scope))
        assert (parts.scheme, parts.netloc, parts.path) == (
            *("https", "papers.cool"),
            f"/{scope}/search",
        )
        assert parts.fragment == ""
        fields = parse_qs(parts.query, keep_blank_values=True, strict_parsing=True)
        assert fields["highlight"] == ["1"]
        assert fields["query"][0].split() == query.split()


@pytest.mark.parametrize("scope", ["", "cool", "ARXIV"])
def test_an_unknown_scope_is_named(scope):
    with pytest.raises(ParameterError, match="scope is 'arxiv' or 'venue'"):
        search_url("x", scope=scope)


def test_an_unknown_kind_is_named():
    for address in (paper_url, abstract_url, pdf_url):
        with pytest.raises(ParameterError, match=r"the kind of a paper is one of arxiv.*'doi'"):
            address(Paper("doi", "10.1000/1", 0, 1))


def test_an_id_of_any_kind_leaves_the_address_whole():
    paper = Paper("openreview", "a&b=c?d#e,f g/../\u4e2d\ud800", 0, 1)
    assert paper_url(paper) == (
        f"{COOL}/venue/a%26b%3Dc%3Fd%23e%2Cf%20g/../%E4%B8%AD%EF%BF%BD@OpenReview"
    )


def test_python_and_javascript_write_the_same_addresses(tmp_path: Path):
    strings = random_strings(4000, seed=11)
    papers = [paper for text in strings for paper in find(text).papers]
    papers += [
        Paper(kind, name, 0, 1)
        for kind, *_ in KNOWN
        for name in ("a&b=c?d#e,f g/.", "!'()*~;$+@:/\\|^`{}\"<>%", *ODD)
    ]
    cvf = [
        f"A_B-C@{venue}{year}" for venue in ("CVPR", "ICCV", "WACV") for year in range(2010, 2031)
    ]
    papers += [Paper("cvf", name, 0, 1) for name in cvf]
    papers += [Paper("pmlr", f"a21b@v{volume}", 0, 1) for volume in range(0, 320, 7)]
    papers += [Paper("ijcai", name, 0, 1) for name in ("1@2023", "12345@2017", "1", "x@2023")]
    queries = [*strings, "", " ", *(f" {one} a{one}{one}b{one}" for one in ODD), "!'()*~%41+&="]
    answer = ask({"papers": [asdict(one) for one in papers], "queries": queries}, tmp_path)
    assert answer["addresses"] == [
        [paper_url(one), abstract_url(one), pdf_url(one)] for one in papers
    ]
    assert tuple(answer["combined"]) == combined_links(papers)
    assert answer["searches"] == [
        [search_url(one), search_url(one, scope="venue")] for one in queries
    ]
