"""Short pages with the hooks that the sites' real pages have, by address."""

import html

ATTENTION = "Attention Is All You Need"
FIRST = "4xvE6Iy77Y"
SECOND = "aB-c_D3eF7"
NEURIPS = "https://proceedings.neurips.cc/paper_files/paper/2017/hash/" + (
    "3f5ee243547dee91fbd053c1c4a845aa-Abstract.html"
)


def page(title: str, body: str, **metas: str) -> str:
    """A page with meta tags of these names."""
    tags = "".join(
        f'<meta name="{name}" content="{html.escape(value)}">' for name, value in metas.items()
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>{tags}'
        f'<link rel="icon" href="data:,"><body>{body}</body></html>'
    )


def arxiv_abstract(paper: str, title: str) -> str:
    body = (
        f'<main><h1 class="title mathjax"><span class="descriptor">Title:</span>{title}</h1>'
        '<div class="extra-services"><div class="full-text"><h2>Access Paper:</h2><ul>'
        f'<li><a href="/pdf/{paper}" class="download-pdf">View PDF</a></li>'
        f'<li><a href="/src/{paper}">TeX Source</a></li></ul></div></div></main>'
    )
    return page(f"[{paper}] {title}", body, citation_title=title, citation_arxiv_id=paper)


def arxiv_list(*papers: str) -> str:
    rows = "".join(
        f'<dt><a name="item{n}">[{n}]</a> <a href="/abs/{paper}" title="Abstract" id="{paper}">'
        f'arXiv:{paper}</a> [<a href="/pdf/{paper}" title="Download PDF">pdf</a>]</dt>'
        f'<dd><div class="list-title">Title: A paper called {n}</div></dd>'
        for n, paper in enumerate(papers, 1)
    )
    return page("Computation and Language", f'<dl id="articles">{rows}</dl>')


def forum(paper: str, title: str) -> str:
    """OpenReview's page, which goes to another paper, and to the group, without loading anew."""
    script = """
      const show = (address, title) => {
        history.pushState({}, '', address);
        document.querySelector('main').innerHTML = title
          ? `<div class="forum-title"><h2 class="citation_title">${title}</h2></div>`
          : '<h1>ICLR</h1>';
        document.querySelector('meta[name=citation_title]').content = title;
      };"""
    body = (
        f'<nav><a href="/group?id=ICLR.cc/2025/Conference">ICLR</a></nav><main><div '
        f'class="forum-title"><h2 class="citation_title">{title}</h2></div>'
        f'<a href="/forum?id={paper}&noteId=abc123defg">permalink</a></main>'
        f"<script>{script}</script>"
    )
    return page(f"{title} | OpenReview", body, citation_title=title)


def group() -> str:
    rows = "".join(
        f'<li><h4><a href="/forum?id={paper}">{title}</a> <a href="/pdf?id={paper}" '
        'class="pdf-link"></a></h4></li>'
        for paper, title in ((FIRST, "Learning to look"), (SECOND, "Looking to learn"))
    )
    return page("ICLR 2025", f'<h1>ICLR 2025</h1><ul class="note-list">{rows}</ul>')


def acl_paper() -> str:
    body = (
        '<h2 id="title"><a href="https://aclanthology.org/2024.naacl-long.431.pdf">A paper</a></h2>'
        '<div class="acl-paper-details"><div class="acl-paper-link-block"><a class="btn" '
        'href="https://aclanthology.org/2024.naacl-long.431.pdf">PDF</a></div></div>'
    )
    return page("A paper", body, citation_title="A paper")


def acl_volume() -> str:
    rows = "".join(
        '<p class="d-sm-flex"><span class="d-block mr-2 list-button-row"><a class="badge" '
        f'href="https://aclanthology.org/{paper}.pdf">pdf</a></span><span class="d-block"><strong>'
        f'<a class="align-middle" href="/{paper}/">Paper number {paper[-1]}</a></strong><br>'
        '<a href="/people/a/ann-author/">Ann Author</a></span></p>'
        for paper in ("2024.naacl-long.431", "2024.naacl-long.432")
    )
    return page("Volume", f'<h2 id="title">Proceedings</h2><section id="main">{rows}</section>')


def pmlr_paper() -> str:
    body = (
        "<article><h1>What makes for end-to-end detection?</h1><div id='extras'><h2>Related "
        "Material</h2><ul><li><a href='/v139/sun21c/sun21c.pdf'>Download PDF</a></li></ul></div>"
    )
    return page("PMLR", body, citation_title="What makes for end-to-end detection?")


def pmlr_volume() -> str:
    row = (
        '<div class="paper"><p class="title">What makes for end-to-end detection?</p>'
        '<p class="links">[<a href="https://proceedings.mlr.press/v139/sun21c.html">abs</a>]'
        '[<a href="https://proceedings.mlr.press/v139/sun21c/sun21c.pdf">Download PDF</a>]</p>'
        "</div>"
    )
    return page("Volume 139", row)


VGGT = "/content/CVPR2025/html/Wang_VGGT_Visual_Geometry_Grounded_Transformer_CVPR_2025_paper.html"
CVF_PAPER = page(
    "CVF",
    '<div id="content"><dl><dd><div id="papertitle">VGGT: Visual Geometry Grounded Transformer'
    '</div><div id="authors"><b>J. Wang</b></div></dd></dl></div>',
    citation_title="VGGT: Visual Geometry Grounded Transformer",
)
CVF_LIST = page(
    "CVPR 2025",
    f'<dl><dt class="ptitle"><br><a href="{VGGT}">VGGT: Visual Geometry Grounded Transformer</a>'
    "</dt><dd>[pdf]</dd></dl>",
)
HF_PAPER = page(
    "Paper page", "<main><h1>A paper of the day</h1><a href='/papers'>Papers</a></main>"
)
HF_LIST = page(
    "Daily papers",
    '<main><article><a href="/papers/2401.12345"></a><h3><a href="/papers/2401.12345">A paper of '
    "the day</a></h3></article></main>",
)
READING = page(
    "Reading list",
    '<p id="words">扩散模型 &amp; C# + 概率 100%</p>'
    '<p id="two">arXiv:1706.03762 and https://openreview.net/forum?id=4xvE6Iy77Y</p>'
    '<p id="twice">arXiv:1706.03762v1, 1706.03762, arXiv:1706.03762v5; arXiv:1810.04805</p>'
    f'<ul><li><a id="link" href="https://arxiv.org/abs/1810.04805">BERT</a></li>'
    f'<li><a id="venue" href="https://openreview.net/forum?id={FIRST}">Learning to look</a></li>'
    f'<li><a id="neurips" href="{NEURIPS}">{ATTENTION}</a></li></ul>',
)

PAGES = {
    "arxiv.org/abs/1706.03762": arxiv_abstract("1706.03762", ATTENTION),
    "arxiv.org/abs/hep-th/9901001": arxiv_abstract("hep-th/9901001", "An old paper on strings"),
    "arxiv.org/list/cs.CL/recent": arxiv_list("2401.00001", "2401.00002", "2401.00003"),
    f"openreview.net/forum?id={FIRST}": forum(FIRST, "Learning to look"),
    "openreview.net/group?id=ICLR.cc/2025/Conference": group(),
    "aclanthology.org/2024.naacl-long.431/": acl_paper(),
    "aclanthology.org/volumes/2024.naacl-long/": acl_volume(),
    "proceedings.mlr.press/v139/sun21c.html": pmlr_paper(),
    "proceedings.mlr.press/v139/": pmlr_volume(),
    f"openaccess.thecvf.com{VGGT}": CVF_PAPER,
    "openaccess.thecvf.com/CVPR2025?day=all": CVF_LIST,
    "huggingface.co/papers/2401.12345": HF_PAPER,
    "huggingface.co/papers": HF_LIST,
    "example.com/reading": READING,
    "example.com/nothing": page("Nothing", "<h1>Nothing</h1><p>No paper is here.</p>"),
    "example.com/described": page(
        "Described", "<h1>A paper</h1>", citation_arxiv_id="1706.03762", citation_title=ATTENTION
    ),
}


def pdf(words: str) -> bytes:
    """A page of PDF that shows some words."""
    stream = f"BT /F1 28 Tf 60 700 Td ({words}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % n for n in places)
    return out + b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start


def answer(host: str, path: str) -> tuple[str, bytes] | None:
    """What the tests' internet says for an address, as type and bytes."""
    if path == "/favicon.ico":
        return "image/x-icon", b""
    if path.startswith("/pdf/"):
        return "application/pdf", pdf("The transformer, words without any id")
    if host == "papers.cool":
        return "text/html; charset=utf-8", page("Cool Papers", "<h1>Cool Papers</h1>").encode()
    if host == "www.example.com" and path.startswith("/url?"):
        return "text/html; charset=utf-8", page("Leaving", "<h1>You are leaving</h1>").encode()
    found = PAGES.get(host + path)
    return ("text/html; charset=utf-8", found.encode()) if found else None
