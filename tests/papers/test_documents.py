"""Documents: whichever kind of file it is, each paper in it is found where it stands."""

import codecs
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gezhi.errors import InputError
from gezhi.papers import Paper, Search, find
from gezhi.papers.documents import (
    Collection,
    OtherKindError,
    files_in,
    find_in,
    find_in_document,
    read_document,
    reading,
)

MANY = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def ids(located) -> list[str]:
    return [one.found.id for one in located]


def searches(located) -> list[tuple[str, str | None]]:
    return [(one.found.venue, one.title) for one in located if isinstance(one.found, Search)]


class TestText:
    @pytest.mark.parametrize(
        ("codec", "mark"),
        [
            ("utf-8", b""),
            ("utf-8", codecs.BOM_UTF8),
            ("gb18030", b""),
            ("utf-16-le", b""),
            ("utf-16-le", codecs.BOM_UTF16_LE),
            ("utf-16-be", codecs.BOM_UTF16_BE),
        ],
    )
    def test_positions_count_characters_whatever_the_encoding(self, tmp_path, codec, mark):
        text = "质量很好的论文一篇\r\n见 arXiv:1706.03762v5，又见 hep-th/9901001。\r\n"
        path = tmp_path / "a.txt"
        path.write_bytes(mark + text.encode(codec))
        first, second = find_in(path)
        assert text[first.found.start : first.found.end] == "arXiv:1706.03762v5"
        assert text[second.found.start : second.found.end] == "hep-th/9901001"
        assert (first.line, first.column, first.file) == (2, 3, str(path))
        assert find_in(path.read_bytes())[1].found == second.found

    def test_a_text_in_an_encoding_that_nobody_can_tell_is_read_all_the_same(self):
        for text, codec in (
            ("déjà vu: 1706.03762", "latin-1"),
            ("日本語テスト 1706.03762", "euc-jp"),
            ("한국어 논문 1706.03762", "euc-kr"),
            ("繁體中文論文，1706.03762", "big5"),
        ):
            assert ids(find_in(text.encode(codec))) == ["1706.03762"]

    def test_a_damaged_utf8_text_is_read_around_the_damage(self):
        data = "论文很好看 \ue000 1706.03762".encode().replace(b"\xee\x80\x80", b"\xee\x80")
        (one,) = find_in(data * 2)
        assert one.found.id == "1706.03762"

    def test_the_encoding_that_is_asked_for_must_fit(self, tmp_path):
        path = tmp_path / "a.txt"
        path.write_bytes("很好 1706.03762".encode("big5"))
        assert find_in(path, encoding="big5")[0].column == 4
        with pytest.raises(InputError, match=r"a\.txt: the bytes at offset 0 .* are not ascii"):
            find_in(path, encoding="ascii")
        with pytest.raises(InputError, match="no encoding is called 'klingon'"):
            find_in(path, encoding="klingon")

    @MANY
    @given(st.lists(st.sampled_from(["a", "1706.03762", "\n", "\r\n", "\r", " ", "好", "\0", "𝒳"])))
    def test_line_and_column_lead_to_the_start(self, parts):
        text = "".join(parts)
        for one in find_in(text):
            lines = re.split("\r\n|\r|\n", text)
            assert lines[one.line - 1][one.column - 1 :].startswith("1706.03762")

    @MANY
    @given(st.text())
    def test_any_text_gives_what_the_finder_gives(self, text):
        found = find(text)
        located = find_in_document(read_document(text)) if text.strip() else ()
        plain = [one.found for one in located if not one.title]
        assert set(found.papers) <= {one for one in plain if isinstance(one, Paper)}

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            (b"\x89PNG\r\n\x1a\n 1706.03762", r"is a picture \(PNG\)"),
            (b"PK\x03\x04 1706.03762", "is a zip archive"),
            (b"\x7fELF 1706.03762", "is a program"),
            (bytes(range(256)) * 40, "is no text"),
        ],
    )
    def test_another_kind_of_file_is_named(self, tmp_path, data, sentence):
        (tmp_path / "a.bin").write_bytes(data)
        for source in (tmp_path / "a.bin", data):
            with pytest.raises(OtherKindError, match=sentence):
                find_in(source)

    def test_a_text_with_a_few_nul_bytes_is_a_text(self):
        assert ids(find_in(b"a log \0 " + b"of words " * 90 + b"1706.03762")) == ["1706.03762"]

    def test_an_empty_file_holds_nothing(self, tmp_path):
        for name in ("a.txt", "a.pdf", "a.bib", "a.html", "a.ris"):
            (tmp_path / name).write_bytes(b"")
            assert find_in(tmp_path / name) == ()
            assert read_document(tmp_path / name).remark == f"{tmp_path / name} is empty"
        assert find_in(b" \n\t") == find_in("") == ()

    def test_what_is_no_file_is_one_sentence(self, tmp_path, monkeypatch):
        with pytest.raises(InputError, match=r"there is no file .*missing\.txt"):
            find_in(tmp_path / "missing.txt")
        with pytest.raises(InputError, match="is a folder"):
            find_in(tmp_path)
        (tmp_path / "a.txt").write_text("1706.03762 and more", encoding="utf-8")
        monkeypatch.setattr(reading, "LARGEST_BYTES", 10)
        for source in (tmp_path / "a.txt", b"1706.03762 and more"):
            with pytest.raises(InputError, match="is larger than 0 MiB"):
                find_in(source)

    def test_a_pipe_is_read_like_a_file(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=("1706.03762",))
        writer.start()
        assert ids(find_in(tmp_path / "pipe")) == ["1706.03762"]
        writer.join()


class TestPdf:
    def test_metadata_pages_and_links_in_order(self, pdf):
        data = pdf(
            [["arXiv:1706.03762v5 [cs.CL]", "see 1810.04805"], ["nothing"], ["hep-th/9901001"]],
            metadata={"Title": "A Title", "arXivID": "https://arxiv.org/abs/2403.12345v1"},
            links=[(2, "https://openreview.net/forum?noteId=a&id=4xvE6Iy77Y"), (3, "mailto:a@b")],
        )
        located = find_in(data, name="a.pdf")
        assert [(one.found.id, one.page, one.field, one.title) for one in located] == [
            ("2403.12345", None, "metadata", "A Title"),
            ("1706.03762", 1, None, None),
            ("1810.04805", 1, None, None),
            ("4xvE6Iy77Y", 2, "link", None),
            ("hep-th/9901001", 3, None, None),
        ]
        assert {one.file for one in located} == {"a.pdf"}
        assert (located[2].found.start, located[2].line) == (
            len("arXiv:1706.03762v5 [cs.CL]") + 6,
            None,
        )

    def test_a_title_in_chinese(self, pdf):
        document = read_document(pdf([["a"]], metadata={"Title": "注意力就是 一切"}))
        assert document.title == "注意力就是 一切"

    def test_the_title_belongs_to_the_id_in_arxivs_stamp(self, pdf):
        lines = ["arXiv:1706.03762v5  [cs.CL]  2 Aug 2023", "arXiv:1810.04805 [cs.CL], 2018"]
        titles = [one.title for one in find_in(pdf([lines], metadata={"Title": "Attention"}))]
        assert titles == ["Attention", None]

    @pytest.mark.parametrize("title", ["Microsoft Word - a", "paper.dvi", "untitled", " "])
    def test_the_name_of_a_file_is_no_title(self, pdf, title):
        assert read_document(pdf([["a"]], metadata={"Title": title})).title is None

    def test_an_address_runs_over_the_end_of_a_line(self, pdf):
        lines = [
            "https://aclanthology.org/2024.naacl-",
            "long.431/ and 10.18653/v1/P18-",
            "1007 a-",
            "b",
        ]
        data = pdf([lines])
        assert ids(find_in(data)) == ["2024.naacl-long.431", "P18-1007"]

    def test_a_long_address_over_three_lines_keeps_its_place(self, pdf):
        lines = ["x https://openreview.net/", "forum?", "id=4xvE6Iy77Y, 1706.03762"]
        (page,) = read_document(pdf([lines])).pieces
        first, second = find_in(pdf([lines]))
        page_text = "\r\n".join(lines)
        assert page.text.startswith("x https://openreview.net/forum?id=4xvE6Iy77Y")
        assert page_text[first.found.start : first.found.end].endswith("id=4xvE6Iy77Y")
        assert page_text[second.found.start : second.found.end] == "1706.03762"

    def test_lines_of_numbers_are_not_joined(self, pdf):
        assert find_in(pdf([["pages 2403-", "12345 of 10-", "2403.123456"]])) == ()

    def test_a_scan_says_so(self, pdf):
        document = read_document(
            pdf([[], []], links=[(2, "arxiv.org/abs/1706.03762")]), name="s.pdf"
        )
        assert document.remark.startswith("s.pdf has no text layer")
        assert ids(find_in_document(document)) == ["1706.03762"]

    @pytest.mark.parametrize(
        ("filter", "sentence"),
        [("Standard", "opens without a password"), ("Other", "in a way that is not supported")],
    )
    def test_an_encrypted_one_says_so(self, pdf, filter, sentence):
        lock = (
            f"/Encrypt << /Filter /{filter} /V 1 /R 2 /O <{'00' * 32}> /U <{'11' * 32}> /P -4 >> "
            f"/ID [<{'22' * 16}> <{'22' * 16}>]"
        )
        with pytest.raises(InputError, match=f"a.pdf is encrypted.*{sentence}|{sentence}"):
            find_in(pdf([["1706.03762"]], trailer=lock.encode()), name="a.pdf")

    @MANY
    @given(share=st.floats(0, 1), byte=st.integers(0, 255))
    def test_a_damaged_one_is_read_or_refused_in_a_sentence(self, pdf, share, byte):
        data = pdf([["arXiv:1706.03762"]] * 3, metadata={"Title": "T"}, links=[(1, "http://a.b")])
        place = int(share * (len(data) - 1))
        for damaged in (data[:place], data[:place] + bytes([byte]) + data[place + 1 :]):
            with suppress(InputError):
                assert len(find_in(damaged, name="a.pdf")) <= 2

    def test_the_ending_and_the_bytes_must_agree(self, tmp_path, pdf):
        (tmp_path / "a.pdf").write_text("<html>404: 1706.03762", encoding="utf-8")
        with pytest.raises(InputError, match=r"a\.pdf is not a PDF"):
            find_in(tmp_path / "a.pdf")
        (tmp_path / "download").write_bytes(b"\n\n" + pdf([["1706.03762"]]))
        assert ids(find_in(tmp_path / "download")) == ["1706.03762"]

    def test_more_pages_than_are_read_are_named(self, pdf, monkeypatch):
        monkeypatch.setattr("gezhi.papers.documents.pdf.MOST_PAGES", 2)
        document = read_document(pdf([["a"]] * 3), name="long.pdf")
        assert document.remark == "long.pdf has 3 pages: the first 2 were read"

    def test_several_threads_take_turns(self, pdf):
        files = [pdf([[f"2403.{number:05}"]] * 20) for number in range(1, 9)]
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(find_in, files))
        assert [ids(one) for one in found] == [[f"2403.{number:05}"] for number in range(1, 9)]


SOUP = [
    *(
        "<a ",
        "href=",
        '"',
        "'",
        ">",
        "<",
        "meta ",
        "/abs/1706.03762",
        "</a",
        "content",
        "&#",
        "//[",
    ),
    *("name=citation_title ", "<title>", "x" * 99, "<base href=", "property=og:url ", "<link "),
]


class TestWebPage:
    def test_the_source_is_read_with_its_entities(self):
        text = (
            "<!doctype html><p>10.18653&#47;v1/P18-1007 "
            '<a href="https://openreview.net/forum?noteId=x&amp;id=4xvE6Iy77Y">x</a>'
            '<script>{"u":"https:\\/\\/arxiv.org\\/abs\\/1706.03762"}</script>'
            '<a href="/r?to=https%3A%2F%2Farxiv.org%2Fabs%2Fhep-th%2F9901001">x</a>'
        )
        located = find_in(text)
        assert ids(located) == ["P18-1007", "4xvE6Iy77Y", "1706.03762", "hep-th/9901001"]
        assert text[located[0].found.start :].startswith("10.18653&#47;")

    def test_relative_links_need_an_address(self):
        text = '<html><a href="/P18-1007/">Some Long Title Here</a><a href="../events/x">y</a>'
        assert find_in(text) == ()
        document = read_document(text, address="https://aclanthology.org/volumes/2022.acl-long/")
        (one,) = find_in_document(document)
        assert (one.found.id, one.title) == ("P18-1007", "Some Long Title Here")
        assert text[one.found.start : one.found.end] == "/P18-1007/"
        for known in (
            '<base href="https://aclanthology.org/">',
            '<link rel=canonical href="https://aclanthology.org/volumes/2022.acl-long/">',
            "<meta property='og:url' content='https://aclanthology.org/volumes/2022.acl-long/'>",
        ):
            assert ids(find_in(text.replace("<html>", f"<html>{known}"))) == ["P18-1007"]

    def test_the_title_of_the_page_belongs_to_what_its_meta_tags_name(self):
        text = """<html><head><title>paper - site</title>
<meta name="citation_title" content="Attention &amp; All">
<meta name="citation_reference" content="citation_title=Other; citation_arxiv_id=1810.04805">
<meta name="citation_pdf_url"
  content="https://proceedings.neurips.cc/paper/2017/file/3f5ee243547dee91fbd053c1c4a845aa-Paper.pdf">
</head><a href="https://arxiv.org/abs/2403.12345">PDF</a>"""
        located = find_in(text)
        titles = {one.found.id: one.title for one in located}
        assert titles.pop("3f5ee243547dee91fbd053c1c4a845aa") == "Attention & All"
        assert titles == {"1810.04805": None, "2403.12345": None}
        assert read_document(text).title == "Attention & All"

    def test_a_page_of_a_conference_without_ids_is_a_search(self):
        text = (
            '<html><meta content="Deep Things" name="citation_title">'
            '<meta name="citation_conference_title" content="Proceedings of MLSys 2023">'
        )
        assert searches(find_in(text)) == [("mlsys", "Deep Things")]

    def test_the_meta_tag_of_arxiv_is_an_id_without_doubt(self):
        text = '<html><meta name="citation_arxiv_id" content="1501.0001"><title>T</title>'
        (one,) = find_in(text)
        assert (one.found.id, one.title) == ("1501.00001", "T")

    @pytest.mark.parametrize("words", ["PDF", "[view]", "arXiv:1706.03762", "Download paper", "x"])
    def test_the_word_on_a_button_is_no_title(self, words):
        (one,) = find_in(f'<html><a href="https://arxiv.org/abs/1706.03762">{words}</a>')
        assert one.title is None

    def test_the_encoding_is_the_servers_or_the_pages_own(self):
        page = '<html><meta charset="{}"><title>很好</title>1706.03762'
        for name, codec in (("gbk", "gb18030"), ("big5", "big5"), ("shift_jis", "shift_jis")):
            data = page.format(name).encode(codec)
            document = read_document(data)
            assert (document.title, document.encoding) == ("很好", codec)
        wrong = page.format("gbk").encode("utf-8")
        assert read_document(wrong, charset="utf-8").title == "很好"
        assert read_document(page.format("ascii").encode(), charset="no-such").title is not None

    @MANY
    @given(st.lists(st.sampled_from(SOUP)))
    def test_any_tag_soup_is_read(self, parts):
        text = "<html>" + "".join(parts)
        document = read_document(text, address="https://arxiv.org/list/x")
        for one in find_in_document(document):
            assert one.found.id == "1706.03762"
            assert "1706.03762" in text[one.found.start : one.found.end]


class TestFolder:
    def test_files_come_sorted_and_once(self, tmp_path):
        for name in ("b/2.txt", "b/10.txt", "a.txt", "c.bib", ".git/x.txt", ".hidden"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text("1706.03762", encoding="utf-8")
        (tmp_path / "b" / "up").symlink_to(tmp_path)
        (tmp_path / "d").symlink_to(tmp_path / "b")
        (tmp_path / "nowhere").symlink_to(tmp_path / "missing")
        (tmp_path / "self").symlink_to(tmp_path / "self")
        os.mkfifo(tmp_path / "pipe")
        found = [str(path.relative_to(tmp_path)) for path in files_in(tmp_path)]
        assert found == ["a.txt", "b/10.txt", "b/2.txt", "c.bib"]

    def test_a_folder_that_may_not_be_read_is_an_error_in_its_place(self, tmp_path, monkeypatch):
        for name in ("a", "b", "c"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "x.txt").write_text("", encoding="utf-8")
        listed = Path.iterdir

        def iterdir(path):
            if path.name == "b":
                raise PermissionError(13, "Permission denied", str(path))
            return listed(path)

        monkeypatch.setattr(Path, "iterdir", iterdir)
        first, second, third = files_in(tmp_path)
        assert isinstance(second, InputError)
        assert str(second) == f"{tmp_path / 'b'} cannot be read: Permission denied"
        assert (first.parent.name, third.parent.name) == ("a", "c")


def test_a_collection_keeps_the_first_place_and_takes_a_later_title():
    collection = Collection()
    collection.add(find_in("see 1706.03762", name="a"))
    collection.add(find_in("@misc{k, title={T}, eprint={1706.03762}}", name="b"))
    (one,) = collection.located
    assert (one.found.start, one.file, one.title) == (4, "a", "T")


HEADS = [
    b"",
    b"%PDF-1.7\n",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"<html><a href=",
    b"@misc{a, title={",
    b"TY  - ",
]


@MANY
@given(
    head=st.sampled_from(HEADS),
    body=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8")),
    ending=st.sampled_from([".txt", ".html", ".bib", ".ris", ".pdf", ""]),
)
def test_any_bytes_of_any_name_are_read_or_refused_in_one_sentence(tmp_path, head, body, ending):
    path = tmp_path / f"a{ending}"
    path.write_bytes(head + body)
    try:
        located = find_in(path)
    except InputError as error:
        sentence = str(error)
    else:
        sentence = f"{path}"
        assert find_in(path) == located
    assert sentence.startswith(str(path))
    assert "\n" not in sentence
