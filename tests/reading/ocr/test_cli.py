"""``gezhi read ocr``: files of all kinds, formats, and what cannot be read. The reader is told."""

import io
import json
import struct
import xml.etree.ElementTree as ElementTree
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from click.testing import CliRunner
from PIL import Image

from gezhi.cli import cli
from gezhi.kernel import pdf
from gezhi.reading.ocr import batch
from gezhi.reading.ocr.reader import Character, Page, TextLine


class Told:
    """Reads "格致 5" wherever a picture is not of one colour."""

    def __init__(self):
        self.seen = []

    def read(self, picture, *, mode="page", engine="line", weight=0.25):
        self.seen.append((picture.shape, mode, weight))
        height, width = picture.shape[:2]
        if not np.ptp(picture):
            return Page(width, height, ())
        characters = tuple(
            Character(text, (x, 2, x + 9, 12), chance, (("5", 0.1),))
            for text, x, chance in (("格", 2, 0.9), ("致", 12, 0.8), ("5", 30, 0.7))
        )
        corners = ((2.2, 2), (39, 2), (39, 12), (2.2, 12))
        line = TextLine("格致 5", corners, 0.8, characters, vertical=False)
        down = TextLine("竖\t<b>", ((50, 2), (60, 2), (60, 30), (50, 30)), 0.5, characters, True)
        return Page(width, height, (line, down))


@pytest.fixture
def told(monkeypatch):
    reader = Told()
    batch._reader.cache_clear()
    monkeypatch.setattr(batch, "load_reader", lambda *_, **__: reader)
    yield reader
    batch._reader.cache_clear()


def run(*arguments, stdin=None):
    return CliRunner().invoke(cli, ["read", "ocr", *map(str, arguments)], input=stdin)


def striped(shape=(40, 80), mode="L") -> Image.Image:
    values = np.zeros(shape, np.uint8)
    values[:, ::2] = 200
    return Image.fromarray(values).convert(mode)


def test_json_is_one_object_a_picture_with_the_file_as_given(told, tmp_path):
    path = tmp_path / "图 1.png"
    striped().save(path)
    done = run("--json", path)
    assert done.exit_code == 0
    (record,) = map(json.loads, done.stdout.splitlines())
    assert record["file"] == str(path)
    assert (record["width"], record["height"]) == (80, 40)
    line = record["lines"][0]
    assert line["text"] == "格致 5"
    assert line["box"] == [2, 2, 39, 12]
    assert line["confidence"] == 0.8
    assert [one["text"] for one in line["characters"]] == ["格", "致", "5"]
    assert record["lines"][1]["vertical"] is True


@pytest.mark.parametrize(
    ("ending", "mode", "how"),
    [
        ("jpg", "RGB", {"quality": 90}), ("jpg", "CMYK", {}), ("png", "RGBA", {}), ("png", "P", {}),
        ("png", "I;16", {}), ("png", "1", {}), ("webp", "RGB", {"lossless": True}),
        ("gif", "P", {}), ("bmp", "RGB", {}), ("tif", "CMYK", {}), ("tif", "I;16", {}),
        ("ppm", "RGB", {}),
    ],
)  # fmt: skip
def test_pictures_of_every_kind(told, tmp_path, ending, mode, how):
    path = tmp_path / f"picture.{ending}"
    picture = striped()
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)
    else:
        picture = picture.convert(mode)
    picture.save(path, **how)
    done = run(path)
    assert done.exit_code == 0, done.output
    assert done.stdout == "格致 5\n竖\t<b>\n"
    assert told.seen[0][0][:2] == (40, 80)


def test_pictures_are_turned_upright_and_what_is_transparent_is_white(told, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    striped().save(tmp_path / "turned.jpg", exif=exif)
    run(tmp_path / "turned.jpg")
    assert told.seen[-1][0][:2] == (80, 40)
    Image.new("RGBA", (9, 9), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert run(tmp_path / "clear.png").exit_code == 3


def test_all_pages_of_tiffs_and_pdfs(told, tmp_path):
    pages = [striped((30 + number, 50)) for number in range(3)]
    pages[0].save(tmp_path / "scan.tiff", save_all=True, append_images=pages[1:])
    pages[0].save(tmp_path / "scan.pdf", save_all=True, append_images=pages[1:])
    done = run("--json", tmp_path / "scan.tiff", tmp_path / "scan.pdf")
    records = [json.loads(one) for one in done.stdout.splitlines()]
    assert [one["page"] for one in records] == [1, 2, 3, 1, 2, 3]
    assert [one["height"] for one in records[:3]] == [30, 31, 32]
    assert records[3]["width"] == pytest.approx(50 * pdf.DOTS / 72, abs=2)
    assert run(tmp_path / "scan.tiff").stdout.count("\f") == 2


def test_a_folder_stdin_and_what_stands_behind_the_dashes(told, tmp_path, monkeypatch):
    (tmp_path / "b").mkdir()
    striped().save(tmp_path / "b" / "2.png")
    striped().save(tmp_path / "1.JPG")
    (tmp_path / "notes.txt").write_text("no picture")
    done = run("--json", tmp_path)
    names = [json.loads(one)["file"] for one in done.stdout.splitlines()]
    assert names == [str(tmp_path / "1.JPG"), str(tmp_path / "b" / "2.png")]
    done = run("--json", "-", stdin=(tmp_path / "1.JPG").read_bytes())
    assert json.loads(done.stdout)["file"] == "-"
    monkeypatch.chdir(tmp_path)
    striped().save("train", "PNG")
    assert json.loads(run("--json", "--", "train").stdout)["file"] == "train"
    (tmp_path / "empty").mkdir()
    assert "has no pictures (.png, .jpg" in run(tmp_path / "empty").stderr


def test_tables_and_hocr(told, tmp_path):
    for name in ("a.png", "b.png"):
        striped().save(tmp_path / name)
    rows = [one.split("\t") for one in run("--tsv", tmp_path).stdout.splitlines()]
    assert rows[0][-1] == "text"
    assert rows[1] == [str(tmp_path / "a.png"), "1", "1", "2", "2", "39", "12", "0.8000", "格致 5"]
    assert rows[2][-1] == "竖 <b>"
    assert len(rows) == 5
    assert {len(one) for one in rows} == {9}
    page = run("--hocr", tmp_path / "a.png").stdout
    tree = ElementTree.fromstring(page.split("\n", 1)[1])
    spans = [one for one in tree.iter() if one.get("class") == "ocrx_cinfo"]
    assert [one.text for one in spans[:3]] == ["格", "致", "5"]
    assert spans[2].get("title") == "x_bboxes 30 2 39 12; x_conf 70"
    assert "".join(next(iter(tree.iter("{http://www.w3.org/1999/xhtml}div"))).itertext()).strip()


def text_of(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    return [page.get_textpage().get_text_bounded() for page in document]


def test_pdfs_that_can_be_searched(told, tmp_path):
    striped((300, 400), "RGB").save(tmp_path / "a.png")
    out = tmp_path / "out.pdf"
    done = run("--pdf", out, tmp_path / "a.png")
    assert done.exit_code == 0, done.output
    (text,) = text_of(out)
    assert "格致 5" in text
    document = pypdfium2.PdfDocument(out)
    assert document[0].get_size() == pytest.approx((400 * 72 / pdf.DOTS, 300 * 72 / pdf.DOTS), 0.01)
    page = document[0].get_textpage()
    box = page.get_charbox(0)
    scale = 72 / pdf.DOTS
    assert box[0] == pytest.approx(2.2 * scale, abs=1.5)
    shown = document[0].render(scale=1 / scale).to_numpy()
    assert shown[5, 200:240].std() > 50  # the stripes are there


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_pages_of_pdfs_stay_as_they_are_and_text_lies_where_it_is_seen(told, tmp_path, turn):
    striped((200, 300)).save(tmp_path / "scan.pdf", resolution=72)
    document = pypdfium2.PdfDocument(tmp_path / "scan.pdf")
    document[0].set_rotation(turn)
    document.save(tmp_path / "turned.pdf")
    out = tmp_path / "out.pdf"
    assert run("--pdf", out, tmp_path / "turned.pdf").exit_code == 0
    page = pypdfium2.PdfDocument(out)[0]
    assert page.get_rotation() == turn
    assert "格致 5" in page.get_textpage().get_text_bounded()
    left, bottom, right, top = page.get_textpage().get_charbox(0)
    width, height = 300, 200  # as stored
    middle = ((left + right) / 2, (bottom + top) / 2)
    x, y = {
        0: (middle[0], height - middle[1]),
        90: (middle[1], middle[0]),
        180: (width - middle[0], middle[1]),
        270: (height - middle[1], width - middle[0]),
    }[turn]
    scale = 72 / pdf.DOTS
    assert (x, y) == (pytest.approx(7 * scale, abs=2), pytest.approx(7 * scale, abs=2))


def test_a_page_that_has_text_gets_no_second_layer(told, tmp_path):
    out, again = tmp_path / "out.pdf", tmp_path / "again.pdf"
    striped((300, 400), "RGB").save(tmp_path / "a.png")
    run("--pdf", out, tmp_path / "a.png")
    run("--pdf", again, out)
    assert text_of(again) == text_of(out)


def png_that_claims(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = b"IHDR" + head
    checked = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return b"\x89PNG\r\n\x1a\n" + checked + struct.pack(">I", 0) + b"IDAT"


def test_what_cannot_be_read_is_named_and_the_rest_is_read(told, tmp_path):
    file = io.BytesIO()
    striped((300, 300), "RGB").save(file, "JPEG")
    (tmp_path / "cut.jpg").write_bytes(file.getvalue()[: len(file.getvalue()) // 2])
    (tmp_path / "huge.png").write_bytes(png_that_claims(30_000, 30_000))
    with zipfile.ZipFile(tmp_path / "zip.png", "w") as archive:
        archive.writestr("a", "b")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    (tmp_path / "empty.png").write_bytes(b"")
    striped().save(tmp_path / "good.png")
    done = run(tmp_path, tmp_path / "gone.png")
    assert done.exit_code == 1
    assert done.stdout == "格致 5\n竖\t<b>\n"
    said = done.stderr.splitlines()
    assert said == [
        "gezhi: broken.pdf is a damaged PDF, or was cut off; get it anew",
        said[1],
        f"gezhi: {tmp_path / 'empty.png'} is empty",
        "gezhi: huge.png has 30000 × 30000 pixels; 67,108,864 are the most",
        "gezhi: zip.png is no picture that can be read",
        f"gezhi: there is no file {tmp_path / 'gone.png'}",
        "6 of 7 could not be read",
    ]
    assert said[1].startswith("gezhi: cut.jpg is cut short or damaged: ")
    small = run("--most-pixels", 100, tmp_path / "good.png")
    assert "good.png has 80 × 40 pixels; 100 are the most" in small.stderr


def test_pictures_without_text_and_small_ones(told, tmp_path):
    Image.new("L", (200, 100)).save(tmp_path / "black.png")
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    done = run("--json", tmp_path)
    assert done.exit_code == 3
    assert [json.loads(one)["lines"] for one in done.stdout.splitlines()] == [[], []]
    assert done.stderr == "no text was found\n"


def test_a_pdf_with_a_password_is_refused(told, tmp_path):
    # Encrypted with standard security, 40 bits; made once by qpdf's algorithm, here by hand.
    out = tmp_path / "locked.pdf"
    out.write_bytes(LOCKED)
    done = run(out)
    assert done.exit_code == 1
    assert "locked.pdf is encrypted; save a copy that opens without a password" in done.stderr


LOCKED = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\n"
    b"4 0 obj<</Filter/Standard/V 1/R 2/P -4/O<"
    + b"11" * 32
    + b">/U<"
    + b"22" * 32
    + b">>>endobj\n"
    b"trailer<</Root 1 0 R/Encrypt 4 0 R/Size 5/ID[<01><01>]>>\n%%EOF\n"
)


def test_several_processes_give_the_same_in_the_same_order(tmp_path):
    """Without a model: every process says so, and nothing hangs."""
    striped().save(tmp_path / "a.png")
    done = run("--workers", 2, "--detector", tmp_path / "none", tmp_path / "a.png")
    assert done.exit_code == 1
    assert done.stdout == ""


def test_options_are_passed_on(told, tmp_path):
    striped().save(tmp_path / "a.png")
    run("--mode", "line", "--weight", "0", "--language", "none", tmp_path / "a.png")
    assert told.seen == [((40, 80), "line", 0.0)]
    assert run("--mode", "word", tmp_path / "a.png").exit_code == 2
    assert "give a picture, a PDF, a folder, or - for stdin" in run("--json").stderr


def test_what_was_done_is_drawn(told, tmp_path):
    striped().save(tmp_path / "a.png")
    assert run("--explain", tmp_path / "steps", tmp_path / "a.png").exit_code == 0
    drawn = Image.open(tmp_path / "steps" / "a.png" / "1-characters.png")
    assert drawn.size == (80, 40)
    assert (np.asarray(drawn) == (44, 160, 44)).all(axis=2).any()


def test_language_models_are_made(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("今天天气好，看电视。\n" * 30, encoding="utf-8")
    done = run("lm", "train", text, "-o", tmp_path / "lm", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["characters"] == 300
    assert 1 < found["perplexity"] < 3
    again = run("lm", "train", text, "-o", tmp_path / "lm")
    assert "exists already; choose another folder" in again.stderr
    (tmp_path / "empty.txt").write_text("\n\n")
    none = run("lm", "train", tmp_path / "empty.txt", "-o", tmp_path / "other")
    assert "there is no character to learn from" in none.stderr
