"""Tables: whatever was read is written back as it was, and what is damaged is named."""

import codecs
import csv
import datetime
import io
import json
import os
import tracemalloc
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gezhi.errors import InputError
from gezhi.kernel.tables import (
    find_column,
    find_encoding,
    free_names,
    open_table,
    open_writer,
    read_rows,
    sniff,
)

NAMES = ("label", "probability")
ENCODINGS = {
    "utf-8": ("utf-8", b""),
    "utf-8-sig": ("utf-8", codecs.BOM_UTF8),
    "gb18030": ("gb18030", b""),
    "utf-16-le": ("utf-16-le", b""),
    "utf-16-be": ("utf-16-be", b""),
    "utf-16-le-sig": ("utf-16-le", codecs.BOM_UTF16_LE),
    "utf-16-be-sig": ("utf-16-be", codecs.BOM_UTF16_BE),
}
REVIEWS = [
    ["1", "质量很好，非常满意！", "5"],
    ["2", '他说"还行"，\n第二天就坏了; 唉\t…', "1"],
    ["3", "", ""],
    ["4", "一一一一", "3"],
    ["5", "㒨 镕 € 2.5 ok", "4"],
]

small = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def encoded(text: str, name: str) -> bytes:
    codec, mark = ENCODINGS[name]
    return mark + text.encode(codec)


def csv_text(rows, delimiter=",", end="\n") -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, lineterminator=end).writerows(rows)
    return file.getvalue()


def copy_with_labels(source: Path, target: Path, **how) -> None:
    table = open_table(source, **how)
    with open_writer(target, table, free_names(table.columns, NAMES, "gezhi_")) as writer:
        for number, row in enumerate(table.rows()):
            writer.write(row, ("positive", number / 8))


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_csv_keeps_its_form(tmp_path, name, end, delimiter):
    rows = [["id", "评论", "星"], *REVIEWS]
    source, target = tmp_path / "a.csv", tmp_path / "b.csv"
    source.write_bytes(encoded(csv_text(rows, delimiter, end), name))
    copy_with_labels(source, target)
    longer = [[*rows[0], *NAMES]]
    longer += [[*row, "positive", str(number / 8)] for number, row in enumerate(rows[1:])]
    assert target.read_bytes() == encoded(csv_text(longer, delimiter, end), name)
    info = sniff(source)
    assert (info.format, info.encoding, info.rows) == ("csv", name, len(REVIEWS))
    assert info.columns == ("id", "评论", "星")
    assert [list(row) for row in info.sample] == REVIEWS


def test_quotation_marks_that_were_not_needed_stay(tmp_path):
    (tmp_path / "a.csv").write_bytes('"text","n"\r\n"好","1"\r\n差,2'.encode())
    copy_with_labels(tmp_path / "a.csv", tmp_path / "b.csv")
    expected = '"text","n",label,probability\r\n"好","1",positive,0.0\r\n差,2,positive,0.125'
    assert (tmp_path / "b.csv").read_bytes() == expected.encode()


fields = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=8)


@small
@given(
    rows=st.lists(st.lists(fields, min_size=3, max_size=3), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    name=st.sampled_from(["utf-8", "utf-8-sig", "utf-16-le-sig"]),
)
def test_any_csv_that_python_writes_is_read_as_it_was(tmp_path, rows, delimiter, end, name):
    table = [["甲", "乙", "丙"], *rows]
    path = tmp_path / "a.csv"
    path.write_bytes(encoded(csv_text(table, delimiter, end), name))
    found = open_table(path)
    assert found.columns == ("甲", "乙", "丙")
    assert [list(row.values) for row in found.rows()] == rows
    copy_with_labels(path, tmp_path / "b.csv")
    written = [list(row.values) for row in read_rows(tmp_path / "b.csv")]
    assert [row[:3] for row in written] == rows


@small
@given(values=st.lists(st.dictionaries(st.text(max_size=4), st.text(max_size=6)), min_size=1))
def test_json_lines_keep_every_byte_of_the_object(tmp_path, values):
    values = [{"t": "好"}, *values]
    path, target = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    lines = [json.dumps(value) for value in values]  # also with escapes and lone surrogates
    path.write_text("\n".join(lines), encoding="utf-8")
    copy_with_labels(path, target)
    written = target.read_text(encoding="utf-8").split("\n")
    names = free_names(open_table(path).columns, NAMES, "gezhi_")
    for number, (line, value) in enumerate(zip(written, values, strict=True)):
        assert line.startswith(json.dumps(value)[:-1])
        assert json.loads(line) == value | dict(zip(names, ("positive", number / 8), strict=True))


def test_json_lines_with_blank_lines_and_an_empty_object(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "好", "label": 1}\n\n{ }\n', encoding="utf-8")
    copy_with_labels(tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    lines = (tmp_path / "b.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {"text": "好", "label": 1, "gezhi_label": "positive", "probability": 0.0},
        {"gezhi_label": "positive", "probability": 0.125},
    ]
    rows = list(read_rows(tmp_path / "a.jsonl"))
    assert [(row.number, list(row.values)) for row in rows] == [(1, ["好", 1]), (3, [None, None])]


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_plain_lines_keep_order_and_line_ends(tmp_path, name, end):
    lines = ["很好", "", "一般般吧 \u2028 还行", "差"]
    (tmp_path / "a.txt").write_bytes(encoded(end.join(lines), name))
    copy_with_labels(tmp_path / "a.txt", tmp_path / "b.txt")
    expected = [f"{line}\tpositive\t{number / 8}" for number, line in enumerate(lines)]
    assert (tmp_path / "b.txt").read_bytes() == encoded(end.join(expected), name)


@pytest.mark.parametrize("name", ["gb18030", "utf-8", "utf-16-le"])
@pytest.mark.parametrize("before", [0, 100_000, (1 << 20) - 1, 1 << 20, (3 << 20) + 1])
def test_an_encoding_shows_only_far_into_the_file(tmp_path, name, before):
    path = tmp_path / "late.txt"
    path.write_bytes(encoded("a" * before + "\n这是一条很长的评论\n" * 20, name))
    assert str(find_encoding(path)) == name


chinese = st.text(
    st.one_of(
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5),
        st.sampled_from("的一是了我不人在他有这好坏，。！ab 1\n"),
    ),
    min_size=1,
    max_size=200,
)


@small
@given(text=chinese, name=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]))
def test_the_encoding_of_chinese_lines_is_found(tmp_path, text, name):
    path = tmp_path / "a.txt"
    path.write_bytes(encoded("评论\n" + text + "\n", name))
    assert str(find_encoding(path)) == name


@small
@given(
    text=st.text(st.sampled_from("的一是了我不人在他有这个上们来到时大地为子中你说生，。！ok\n"))
)
def test_common_chinese_in_gbk_is_found(tmp_path, text):
    path = tmp_path / "a.txt"
    path.write_bytes(("评论很好\n" + text).encode("gbk"))
    assert str(find_encoding(path)) == "gb18030"


def test_every_code_of_gbk_survives_reading_and_writing(tmp_path):
    codes = [
        bytes([first, second])
        for first in range(0x81, 0xFF)
        for second in (*range(0x40, 0x7F), *range(0x80, 0xFF))
    ]
    known = [code for code in codes if code.decode("gb18030", "ignore")]
    assert len(known) > 21_000
    source, target = tmp_path / "a.txt", tmp_path / "b.txt"
    source.write_bytes(b"\n".join(known))
    copy_with_labels(source, target, encoding="gb18030")
    assert [line.split(b"\t")[0] for line in target.read_bytes().split(b"\n")] == known


def test_a_named_encoding_is_taken_and_checked(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("評論：很好用\n".encode("big5"))
    assert [row.values[0] for row in read_rows(path, encoding="big5")] == ["評論：很好用"]
    with pytest.raises(InputError, match=r"a\.txt: the bytes at offset 0 \(line 1\) are not utf-8"):
        open_table(path, encoding="utf-8")
    with pytest.raises(InputError, match="no encoding is called 'klingon'"):
        open_table(path, encoding="klingon")
    with pytest.raises(InputError, match="'hex' is not an encoding of text"):
        open_table(path, encoding="hex")


def csv_of(content: bytes, name: str = "a.csv"):
    def write(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return write


def zipped(parts: dict[str, bytes], name: str = "a.xlsx"):
    def write(folder: Path) -> Path:
        path = folder / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, content in parts.items():
                archive.writestr(part, content)
        return path

    return write


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>"""
DAMAGED = {
    "empty": (csv_of(b""), "a.csv is empty"),
    "only a mark": (csv_of(codecs.BOM_UTF8), "a.csv is empty; it should hold a header and rows"),
    "binary called csv": (
        csv_of(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        r"a\.csv is a picture \(PNG\) and not a csv file",
    ),
    "workbook called csv": (csv_of(b"PK\x03\x04rest"), r"name a workbook \.xlsx"),
    "gzip": (csv_of(b"\x1f\x8b\x08\0", "a.tsv"), "is a gzip archive .* unpack it first"),
    "old workbook": (
        csv_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xlsx"),
        r"not an xlsx file; save it as \.xlsx",
    ),
    "text called xlsx": (csv_of(b"a,b\n", "a.xlsx"), "a.xlsx is not an xlsx file; name it by"),
    "random bytes": (csv_of(bytes(range(254, 127, -1)) * 9), r"offset 0 \(line 1\) is not UTF-8"),
    "NUL": (csv_of("评论,n\n好,1\n".encode() + b"a\0b,2\n"), r"a NUL byte at offset 16 \(line 3\)"),
    "NUL in GBK": (csv_of("评论,n\n好,\0".encode("gbk") * 9), "a NUL byte at offset 10"),
    "one wrong byte in UTF-8": (
        csv_of("评论\n质量很好非常满意\n".encode() + b"\xe5\xa5,\n"),
        r"the byte at offset 32 \(line 3\) is not UTF-8",
    ),
    "half of UTF-16": (
        csv_of(codecs.BOM_UTF16_LE + "评论\n好".encode("utf-16-le")[:-1]),
        r"offset 8 \(line 2\) are not utf-16-le",
    ),
    "long row": (
        csv_of("id,评论\n1,好\n2,好,很好\n".encode()),
        r"row 3 \(line 3\) has 3 fields where the header has 2; put texts .* quotation marks",
    ),
    "short row": (
        csv_of('id,评论\n1,"好\n吗"\n2\n'.encode()),
        r"row 3 \(line 4\) has 1 field where the header has 2; add the missing fields",
    ),
    "texts with bare commas": (
        csv_of("评论\n好，还行\n好,还行\n".encode()),
        r"row 3 .* where the header has 1; .*or name the file \.txt",
    ),
    "open quotation mark": (
        csv_of('id,评论\n1,"好\n2,差\n'.encode()),
        "row 2 .* opens a quotation mark that is never closed",
    ),
    "text after a quotation mark": (
        csv_of('id,评论\n1,"好"的,\n'.encode()),
        r"row 2 \(line 2\) goes on after a closing quotation mark",
    ),
    "no JSON": (csv_of(b'{"a": 1}\n{"a": \n', "a.jsonl"), "row 2 is not JSON .*one JSON object"),
    "an array a line": (csv_of(b'{"a": 1}\n[1]\n', "a.jsonl"), "row 2 is a JSON array"),
    "one array": (csv_of(b'[{"a": 1}]', "a.json"), "is one JSON array; write one object a line"),
    "deep JSON": (csv_of(b'{"a":' + b"[" * 200_000, "a.jsonl"), "row 1 is not JSON"),
    "no object": (csv_of(b"\n\n", "a.jsonl"), "is empty; it should hold one JSON object a line"),
    "a zip": (zipped({"readme.txt": b"hello"}), "cannot be read as an Excel workbook"),
    "a cut zip": (csv_of(b"PK\x03\x04" + b"\0" * 40, "a.xlsx"), "is a damaged Excel workbook"),
    "a zip bomb": (
        zipped({"xl/worksheets/sheet1.xml": bytes(100 << 20)}),
        "sheet1.xml unpacks to 100 MiB from 99 KiB, too much to open safely",
    ),
    "no parquet": (csv_of(b"PAR1" + b"\0" * 30, "a.parquet"), "cannot be read as parquet"),
    "text called parquet": (csv_of(b"a,b\n", "a.parquet"), "is not a parquet file"),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_file_is_refused_in_one_sentence(tmp_path, case):
    write, sentence = DAMAGED[case]
    path = write(tmp_path)
    with pytest.raises(InputError, match=sentence) as refusal:
        open_table(path)
    assert "\n" not in str(refusal.value)
    assert path.name in str(refusal.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match="there is no file"):
        open_table(tmp_path / "none.csv")
    with pytest.raises(InputError, match="is a folder; name a file"):
        open_table(tmp_path)


def test_a_pipe_is_refused_before_anything_is_read_from_it(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(InputError, match="is a pipe or a device, and is read only once"):
        open_table(tmp_path / "pipe.csv")


def test_entities_in_a_workbook_are_refused(tmp_path):
    plain, hostile = tmp_path / "plain.xlsx", tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["text"])
    book.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(hostile, "w") as target:
        for part in source.namelist():
            is_sheet = part == "xl/worksheets/sheet1.xml"
            target.writestr(part, LAUGHS if is_sheet else source.read(part))
    with pytest.raises(InputError, match="it declares XML entities"):
        open_table(hostile)


def test_a_workbook_that_lies_about_its_size_is_read_as_it_is(tmp_path):
    plain, lying = tmp_path / "plain.xlsx", tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    for row in (["text", "n"], ["好", 1]):
        book.active.append(row)
    book.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(lying, "w") as target:
        for part in source.namelist():
            content = source.read(part).replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
            target.writestr(part, content)
    table = open_table(lying)
    assert [list(row.values) for row in table.rows()] == [["好", 1]]


def test_a_row_far_below_the_last_is_refused(tmp_path):
    plain, far = tmp_path / "plain.xlsx", tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["text"])
    book.active.append(["好"])
    book.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(far, "w") as target:
        for part in source.namelist():
            content = source.read(part).replace(b'"A2"', b'"A999999999"')
            target.writestr(part, content.replace(b'<row r="2"', b'<row r="999999999"'))
    with pytest.raises(InputError, match="more rows than the 1,048,576 of Excel"):
        list(open_table(far).rows())


def test_a_workbook_keeps_values_types_and_formats(tmp_path):
    source, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    day = datetime.datetime(2020, 2, 29, 12, 30)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([])
    sheet.append(["评论", "when", "share", "ok", "label"])
    sheet.append([" 好\n ", day, 0.25, True, "x"])
    sheet.append([])
    sheet.append(["=1+1", None, 7, False, None])
    sheet["A5"].data_type = "s"  # a text that looks like a formula
    sheet["C3"].number_format = "0.0%"
    sheet["B9"].number_format = "0.00"  # a formatted empty row is no row
    book.save(source)
    copy_with_labels(source, target)
    result = openpyxl.load_workbook(target).active
    assert [[cell.value for cell in row] for row in result.rows] == [
        ["评论", "when", "share", "ok", "label", "gezhi_label", "probability"],
        [" 好\n ", day, 0.25, True, "x", "positive", 0],
        [None, None, None, None, None, "positive", 0.125],
        ["=1+1", None, 7, False, None, "positive", 0.25],
    ]
    assert result["C2"].number_format == "0.0%"
    assert result["B2"].is_date
    assert result["A4"].data_type == "s"
    assert [row.number for row in read_rows(source)] == [3, 4, 5]
    again = tmp_path / "c.xlsx"
    copy_with_labels(source, again)
    assert again.read_bytes() == target.read_bytes()


def test_a_value_beside_the_columns_of_a_workbook_is_refused(tmp_path):
    book = openpyxl.Workbook()
    for row in (["text", "n"], ["好", 1, "note"]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match=r"row 2 has a value in column 3 .* ends at column 2"):
        list(read_rows(tmp_path / "a.xlsx"))


def test_parquet_keeps_types_and_nulls(tmp_path):
    pyarrow = pytest.importorskip("pyarrow", reason="the extra 'tables' is not installed")
    from pyarrow import parquet

    table = pyarrow.table(
        {
            "评论": ["好", None, "差"] * 1000,
            "when": pyarrow.array([1, 2, None] * 1000, pyarrow.timestamp("ns")),
            "tags": [["a"], [], None] * 1000,
            "n": pyarrow.array([1, 2, 3] * 1000, pyarrow.int8()),
        }
    )
    parquet.write_table(table, tmp_path / "a.parquet", compression="zstd")
    copy_with_labels(tmp_path / "a.parquet", tmp_path / "b.parquet")
    result = parquet.read_table(tmp_path / "b.parquet")
    assert result.select(table.column_names) == table
    assert result["label"].to_pylist() == ["positive"] * 3000
    assert result["probability"].to_pylist() == [number / 8 for number in range(3000)]


def test_formats_turn_into_each_other(tmp_path):
    pytest.importorskip("pyarrow", reason="the extra 'tables' is not installed")
    rows = [["好, 真好", "1"], ['差\n"真"差', "2"]]
    (tmp_path / "a.csv").write_bytes(encoded(csv_text([["text", "n"], *rows]), "gb18030"))
    last = tmp_path / "a.csv"
    for number, ending in enumerate(["jsonl", "xlsx", "parquet", "tsv", "csv"]):
        following = tmp_path / f"{number}.{ending}"
        copy_with_labels(last, following)
        last = following
    table = open_table(last)
    assert str(table.encoding) == "utf-8"
    assert [list(row.values)[:2] for row in table.rows()] == rows
    assert table.columns[:6] == (
        *("text", "n", "label", "probability", "gezhi_label", "gezhi_probability"),
    )
    with pytest.raises(InputError, match="plain lines hold one column"):
        copy_with_labels(last, tmp_path / "c.txt")


def test_a_table_without_a_header(tmp_path):
    (tmp_path / "a.csv").write_text("好,1\n差,0\n", encoding="utf-8")
    table = open_table(tmp_path / "a.csv", header=False)
    assert (table.columns, table.row_count) == (("1", "2"), 2)
    assert find_column(table, "1", (), "text") == 0
    copy_with_labels(tmp_path / "a.csv", tmp_path / "b.csv", header=False)
    written = (tmp_path / "b.csv").read_text(encoding="utf-8")
    assert written == "好,1,positive,0.0\n差,0,positive,0.125\n"


def test_blank_lines_are_rows_only_where_a_row_is_one_text(tmp_path):
    (tmp_path / "a.csv").write_text("\nid,text\n\n1,好\n\n", encoding="utf-8")
    assert [(row.number, *row.values) for row in read_rows(tmp_path / "a.csv")] == [(4, "1", "好")]
    (tmp_path / "b.csv").write_text("text\n\n好\n", encoding="utf-8")
    assert [tuple(row.values) for row in read_rows(tmp_path / "b.csv")] == [("",), ("好",)]


def test_a_tsv_whose_quotation_marks_mean_nothing(tmp_path):
    (tmp_path / "a.tsv").write_text('id\ttext\n1\t"好"的\n2\t"差\n', encoding="utf-8")
    assert [row.values[1] for row in read_rows(tmp_path / "a.tsv")] == ['"好"的', '"差']
    (tmp_path / "b.tsv").write_text('id\ttext\n1\t"好\t的"\n', encoding="utf-8")
    assert [row.values[1] for row in read_rows(tmp_path / "b.tsv")] == ["好\t的"]


def test_a_field_of_a_million_characters(tmp_path):
    long = "好" * 1_000_000
    (tmp_path / "a.csv").write_text(f"id,text\n1,{long}\n", encoding="gbk")
    assert [row.values[1] for row in read_rows(tmp_path / "a.csv")] == [long]


COLUMNS = {
    ("a,review",): ("review", None),
    ("a, 评论 ",): (" 评论 ", None),
    ("only",): ("only", None),
    ("a,b", "b"): ("b", None),
    ("a,b", "2"): ("b", None),
    ("2,1", "2"): ("2", None),
    ("a,text,text", "3"): ("text", None),
    ("a,b,"): (None, r"which column holds the text\? name one of a, b, \(no name: 3\)"),
    ("text,review",): (None, r"which column holds the text\? name one of text, review"),
    ("a,b", "评论"): (None, "a.csv has no column '评论'; its columns are a, b"),
    ("a,b", "3"): (None, "a.csv has no column '3'"),
    ("a,text,text", "text"): (None, "has 2 columns called 'text'; give the number of one: 2, 3"),
}


@pytest.mark.parametrize("case", COLUMNS, ids=str)
def test_the_column_is_found_or_the_columns_are_listed(tmp_path, case):
    header, asked = (case, None) if isinstance(case, str) else (*case, None)[:2]
    name, sentence = COLUMNS[case]
    (tmp_path / "a.csv").write_text(header + "\n", encoding="utf-8")
    table = open_table(tmp_path / "a.csv")
    if sentence is None:
        place = find_column(table, asked, ("text", "review", "评论"), "text")
        assert table.columns[place] == name
        return
    with pytest.raises(InputError, match=sentence):
        find_column(table, asked, ("text", "review", "评论"), "text")


@pytest.mark.parametrize("ending", ["csv", "jsonl", "txt"])
def test_memory_does_not_grow_with_the_file(tmp_path, ending):
    review = "很好，非常满意" * 40
    line = {"csv": f'1,"{review}"', "jsonl": json.dumps({"text": review}), "txt": review}[ending]

    def peak(rows: int) -> int:
        source = tmp_path / f"{rows}.{ending}"
        head = "id,text\n" if ending == "csv" else ""
        source.write_text(head + f"{line}\n" * rows, encoding="gbk")
        tracemalloc.start()
        copy_with_labels(source, tmp_path / f"out.{ending}")
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(30_000) < 1.5 * peak(10_000)


def stop_in_the_middle(table, target: Path) -> None:
    with open_writer(target, table, NAMES) as writer:
        writer.write(next(table.rows()), ("positive", 1.0))
        raise KeyboardInterrupt


def test_a_writer_that_fails_leaves_nothing(tmp_path):
    (tmp_path / "a.csv").write_text("text\n好\n", encoding="utf-8")
    for ending in ("csv", "jsonl", "xlsx"):
        target = tmp_path / f"b.{ending}"
        with pytest.raises(KeyboardInterrupt):
            stop_in_the_middle(open_table(tmp_path / "a.csv"), target)
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_what_a_workbook_cannot_hold_is_said(tmp_path):
    (tmp_path / "a.txt").write_text("好\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"macros are not copied; name the output \.xlsx"):
        copy_with_labels(tmp_path / "a.txt", tmp_path / "b.xlsm")
    long = json.dumps({"text": "好" * 32_768})
    (tmp_path / "a.jsonl").write_text(long + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 1 has a text of 32,768 characters"):
        copy_with_labels(tmp_path / "a.jsonl", tmp_path / "b.xlsx")


@pytest.mark.parametrize("name", ENCODINGS)
def test_bytes_have_the_encoding_of_the_file_they_came_from(tmp_path, name):
    (tmp_path / "a.txt").write_bytes(encoded("评论很好\n" * 9, name))
    content = (tmp_path / "a.txt").read_bytes()
    assert find_encoding(content) == find_encoding(tmp_path / "a.txt")
    assert str(find_encoding(content)) == name


def test_an_error_about_bytes_has_the_name_they_were_given():
    with pytest.raises(InputError, match=r"stdin: the bytes at offset 2 \(line 2\) are not ascii"):
        find_encoding("a\n很好".encode(), "ascii", name="stdin")
