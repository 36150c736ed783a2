"""Random strings that look like what the rules look for: addresses, near misses, odd characters."""

import random

# What Python and JavaScript can both hold: no half of a surrogate pair beside its other half.
ODD = [
    *"\0\t\n\r\x0b\x0c\x1c\x1f\x7f\x85\xa0\xad\u200b\u200d\u2028\u2060\u3000\ufeff\ufffd\uffff",
    *"²İıſK−–—…‘’“”«»、。〈〉《》「」・，．：；／（）［］？！＂＝＆％＿－＠～０１２３４５ａｒＸ￥",
    *"中文ひら한글éüß😀𝟚𠮷",
    "\ud800",
    "\udfff",
]
ARXIV = [
    *("1706.03762", "0704.0001", "1412.9999", "1501.00001", "2403.12345v2", "2413.12345"),
    *("0703.0001", "1706.3762", "0704.00012", "2403.00000", "9912.12345", "2403.123456"),
    *("hep-th/9901001", "math.GT/0309136", "cs.CL/0701001v3", "astro-ph/9107001", "hep-th/0704001"),
    *("cond-mat.str-el/0101001", "HEP-PH/0003001", "solv-int/9901001", "xyz-th/9901001"),
    *("2403.", "12345", "/9901001", "math", "hep-", "v1", "v0", "V2", ".pdf"),
]
# Each site's hosts, paths and last parts, some of them another's: they are mixed as well.
SITES = [
    (
        *(("arxiv.org", "www.arxiv.org", "export.arxiv.org", "cn.arxiv.org", "ARXIV.org"),),
        *(("/abs/", "/pdf/", "/html/", "/format/", "/list/", "/e-print/", "/search?q="), ARXIV),
    ),
    (("ar5iv.labs.arxiv.org", "ar5iv.org", "arxiv.org:443"), ("/abs/", "/html/"), ARXIV),
    (("alphaxiv.org", "www.alphaxiv.org"), ("/abs/", "/overview/", "/zh/overview/"), ARXIV),
    (("huggingface.co", "hf.co", "scirate.com", "notarxiv.org"), ("/papers/", "/arxiv/"), ARXIV),
    (("papers.cool",), ("/arxiv/", "/arxiv/search?query="), ARXIV),
    (
        *(("papers.cool", "www.papers.cool"), ("/venue/",)),
        (
            *("4xvE6Iy77Y@OpenReview", "267@2026@IJCAI", "sun21c@v139@PMLR", "36974@AAAI", "x@y"),
            *("Wang_VGGT@CVPR2025@CVF", "xu-haichuan@usenixsecurity24@USENIX", "36974@AAAI2"),
            *("2024.naacl-long.431@ACL", "P18-1007@ACL"),
        ),
    ),
    (
        ("openreview.net", "openreview.net", "api.openreview.net"),
        (
            *("/forum?id=", "/pdf?id=", "/attachment?name=pdf&id=", "/group?id=", "/profile?id=~"),
            *("/forum?noteId=abcdefghij&id=", "/references/pdf?id=", "/forum?", "/forum?arxivid="),
            *("/revisions?a=b&amp;id=", "/forum?a=[x](/group?id=ICLR.cc/2024)&id="),
        ),
        (
            *("4xvE6Iy77Y", "rJl-b3RcF7", "a_B-cdEf12", "short", "waytoolongforanyid"),
            *("NeurIPS.cc/2023", "1706.03762"),
        ),
    ),
    (
        ("aclanthology.org", "www.aclweb.org", "aclanthology.info"),
        ("/", "/anthology/", "/volumes/", "/papers/P/P18/", "/attachments/"),
        (
            *("P18-1007", "n18-1074", "W19-7509", "W19-7500", "P18-1", "P18-1000", "G18-1001"),
            *("2022.acl-long.42", "2022.acl-long.42v2", "2022.acl-long", "2022.ACL-long.42"),
            *("D19-5101", "2022.acl-long.0", "P18-1007.pdf"),
        ),
    ),
    (("www.ijcai.org",), ("/proceedings/2023/", "/Proceedings/2017/"), ("0267.pdf", "267", "0000")),
    (
        *(("proceedings.mlr.press",), ("/v139/", "/v139/sun21c/", "/r1/")),
        ("sun21c.html", "sun21c.pdf", "sun21c-supp.pdf", "index.html", "sun21c"),
    ),
    (
        *(("raw.githubusercontent.com",), ("/mlresearch/v139/main/assets/sun21c/",)),
        ("sun21c.pdf", "sun21c-supp.pdf", "x.pdf"),
    ),
    (
        ("openaccess.thecvf.com", "www.cv-foundation.org/openaccess"),
        (
            *("/content/CVPR2025/html/", "/content_cvpr_2017/papers/", "/content_ICCV_2019/html/"),
            *("/content/CVPR2021W/NTIRE/html/", "/content_cvpr_2015/papers/"),
            "/content_ECCV_2018/html/",
        ),
        (
            *("Wang_VGGT_Visual_CVPR_2025_paper.html", "He_Mask_R-CNN_ICCV_2019_paper.pdf"),
            *("Huang_Dense_CVPR_2017_paper.pdf", "Long_Fully_2015_CVPR_paper.pdf"),
            "Li_A_ECCV_2018_paper.html",
        ),
    ),
    (
        ("ojs.aaai.org", "www.aaai.org/ojs"),
        ("/index.php/AAAI/article/view/", "/index.php/AAAI/article/download/", "/index.php/A/"),
        ("36974", "36974/39112", "0", "1234567"),
    ),
    (
        ("www.usenix.org",),
        ("/conference/usenixsecurity24/presentation/", "/conference/soups24/"),
        ("xu-haichuan", "technical-sessions"),
    ),
    (
        ("proceedings.neurips.cc", "papers.nips.cc", "proceedings.mlsys.org"),
        ("/paper/2017/hash/", "/paper_files/paper/2023/file/", "/paper/"),
        ("3f5ee243547dee91fbd053c1c4a845aa-Abstract.html", "7181-attention", "3f5e"),
    ),
    (
        *(("www.ecva.net",), ("/papers/eccv_2022/papers_ECCV/papers/", "/papers/")),
        ("136610001.pdf", "136610001_ECCV_2022_paper.php"),
    ),
    (("www.ndss-symposium.org",), ("/ndss-paper/", "/"), ("some-attack", "auto-draft-423/")),
    (
        ("www.isca-archive.org", "www.isca-speech.org/archive"),
        ("/interspeech_2023/", "/pdfs/interspeech_2021/", "/Interspeech_2018/abstracts/"),
        ("radford23_interspeech.html", "1234.pdf"),
    ),
]
HOSTS = [host for hosts, _, _ in SITES for host in hosts]
PATHS = [path for _, paths, _ in SITES for path in paths]
IDS = [name for _, _, names in SITES for name in names]
DOIS = [
    *("10.48550/arXiv.", "10.48550/ARXIV.", "10.48550/arXiv:", "10.18653/v1/", "10.3115/v1/"),
    *("10.24963/ijcai.2023/267", "10.24963/ijcai.2023/0", "10.1609/aaai.v38i1.27750"),
    *(
        "10.1609/aaai.v33i01.33013706",
        "10.1109/TPAMI.2023.3341234",
        "10.1109/",
        "10.1016/S0140(20)30183-5",
    ),
    *("10.1145/2403.12345", "10.1000.10/", "110.48550/arXiv.", "https://doi.org/", "doi:"),
]
GLUE = [
    *(
        "",
        "",
        " ",
        " ",
        "\n",
        ",",
        ";",
        ".",
        "..",
        "-",
        "_",
        "/",
        "(",
        ")",
        "[",
        "]",
        "<",
        ">",
        '"',
        "'",
    ),
    *(
        "=",
        "&",
        "&amp;",
        "&#38;",
        "?",
        "#",
        "%",
        "%20",
        "%2F",
        "%3A",
        "%26",
        "%25",
        "%E8",
        "%zz",
        "\\/",
    ),
    *(
        "\\_",
        "\\u002f",
        "\\u0026",
        ":",
        "@",
        "+",
        "*",
        "~",
        "$",
        "¥",
        "¥ ",
        "USD ",
        " EUR",
        "元",
        " MHz",
    ),
    *(
        "version ",
        "arXiv version ",
        "tel: ",
        "版本",
        "+86 ",
        "x",
        "A",
        "7",
        "0",
        "1.",
        "12-",
        "²",
        "°",
        "±",
    ),
    *(
        "arXiv:",
        "arXiv: ",
        "arXiv:\n",
        "ArXiv : ",
        "arxiv.",
        "arXiv:\u3000",
        "arXiv preprint arXiv:",
    ),
    *(
        "https://",
        "http://",
        "//",
        "HTTPS://",
        "https%3A%2F%2F",
        "https:\\/\\/",
        "https://g.co/url?q=",
    ),
]
FAMILIES = (ARXIV, HOSTS, PATHS, IDS, DOIS, GLUE, ODD)


def encoded(text: str) -> str:
    return "".join(f"%{ord(one):02X}" if one in ":/?&=@#%" else one for one in text)


def address(draw: random.Random) -> str:
    hosts, paths, ids = draw.choice(SITES) if draw.random() < 0.7 else (HOSTS, PATHS, IDS)
    text = draw.choice(hosts) + draw.choice(paths) + draw.choice(ids)
    if draw.random() < 0.2:
        text += "," + draw.choice(ids)
    text = draw.choice(("", "", "https://", "http://", "x")) + text
    return encoded(text) if draw.random() < 0.1 else text


def wide(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)


def mutated(draw: random.Random, text: str) -> str:
    place = draw.randrange(len(text) + 1)
    odd = draw.choice((*ODD, *GLUE))
    return text[:place] + odd + text[place + draw.randrange(2) :]


def joined(pieces: list[str]) -> str:
    """Join pieces; a pair of surrogates is one character in one language and two in the other."""
    text = "".join(pieces)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def random_string(draw: random.Random) -> str:
    """Give one string: a few fragments and addresses, some broken, some widened or encoded."""
    pieces: list[str] = []
    for _ in range(draw.randrange(1, 7)):
        chance = draw.random()
        if chance < 0.3:
            piece = address(draw)
        elif chance < 0.4:
            piece = draw.choice(DOIS) + draw.choice((*ARXIV, *IDS))
        else:
            piece = draw.choice(draw.choice(FAMILIES))
        if piece and draw.random() < 0.2:
            piece = mutated(draw, piece)
        if draw.random() < 0.05:
            piece = wide(piece)
        pieces += (piece, draw.choice(GLUE))
    return joined(pieces)


def random_strings(count: int, seed: int) -> list[str]:
    """Give many strings, the same for the same seed."""
    draw = random.Random(seed)
    return [random_string(draw) for _ in range(count)]
