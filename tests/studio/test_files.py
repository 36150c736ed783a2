"""Whole files: looked at, labelled in a job as the library labels them, and handed back."""

import csv
import io
import json
import re
import time

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from gezhi.reading.sentiment.labelling import label_file
from gezhi.studio.app import create_app

REVIEWS = ["质量很好，非常满意！", "太差了，后悔买它。", "", "一般般吧", "=1+1 好用"]
ADDRESS = "http://127.0.0.1:8470"


def as_csv(delimiter, encoding, folder):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(["编号", "评论", "label"])
    writer.writerows([place, review, "x"] for place, review in enumerate(REVIEWS))
    return text.getvalue().encode(encoding)


def as_json_lines(folder):
    rows = ({"编号": n, "评论": review, "label": "x"} for n, review in enumerate(REVIEWS))
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def as_workbook(folder):
    book = openpyxl.Workbook()
    book.active.append(["编号", "评论", "label"])
    for place, review in enumerate(REVIEWS):
        book.active.append([place, review.replace("=", "＝"), "x"])
    book.save(folder / "made.xlsx")
    return (folder / "made.xlsx").read_bytes()


def as_parquet(folder):
    table = pa.table({"编号": range(len(REVIEWS)), "评论": REVIEWS, "label": ["x"] * len(REVIEWS)})
    pq.write_table(table, folder / "made.parquet")
    return (folder / "made.parquet").read_bytes()


MAKERS = {
    "a.csv": lambda folder: as_csv(",", "utf-8-sig", folder),
    "b.CSV": lambda folder: as_csv(";", "gb18030", folder),
    "c.tsv": lambda folder: as_csv("\t", "utf-16", folder),
    "d.jsonl": as_json_lines,
    "e.xlsx": as_workbook,
    "f.parquet": as_parquet,
    "g.txt": lambda folder: "\n".join(REVIEWS).encode(),
    "没有结尾": lambda folder: "\n".join(REVIEWS).encode(),
}


@pytest.mark.parametrize("name", MAKERS)
def test_a_file_comes_back_as_the_library_labels_it(client, upload, finish, tmp_path, name):
    data = MAKERS[name](tmp_path)
    page = upload(name, data)
    assert page.status_code == 200
    if "<select" in page.text:
        assert re.search(r'<option value="(\d+)" selected>([^<]*)<', page.text).groups() == (
            "1",
            "评论",
        )
    address = page.url.path
    assert client.get(f"{address}/labelled").status_code == 404
    client.post(f"{address}/label", data={"column": "1", "accuracy": "90"})
    page = finish(client, address)
    assert "5 rows labelled" in page.text

    answer = client.get(f"{address}/labelled")
    source = tmp_path / f"source{'.data' if '.' not in name else '.' + name.split('.')[-1].lower()}"
    source.write_bytes(data)
    expected = tmp_path / f"expected{source.suffix}"
    column = None if "<select" not in upload(name, data).text else "评论"
    summary = label_file(source, expected, column=column, accuracy=0.9)
    if name.endswith(".xlsx"):
        ours, theirs = (
            [[cell.value for cell in row] for row in openpyxl.load_workbook(book).active.rows]
            for book in (io.BytesIO(answer.content), expected)
        )
        assert ours == theirs
    else:
        assert answer.content == expected.read_bytes()
    shown = re.findall(r'counts__n">([\d,]+)<', page.text)
    assert [int(count) for count in shown] == [
        summary.negative,
        summary.uncertain - summary.empty,
        summary.positive,
        summary.empty,
    ]
    heights = re.findall(r'<th scope="row">[^<]*</th><td>([\d,]+)</td>', page.text)
    assert len(heights) == 20
    assert sum(map(int, heights)) == summary.rows - summary.empty


def test_the_download_keeps_its_name(client, upload, finish):
    address = upload('我的 "评论".csv', as_csv(",", "utf-8", None)).url.path
    client.post(f"{address}/label", data={"column": "1"})
    finish(client, address)
    header = client.get(f"{address}/labelled").headers["content-disposition"]
    assert header.startswith("attachment; filename*=UTF-8''%E6%88%91%E7%9A%84")
    assert header.endswith("-labelled.csv")


def test_another_column_and_accuracy_can_be_tried(client, upload, finish, tmp_path):
    address = upload("a.csv", as_csv(",", "utf-8", None)).url.path
    client.post(f"{address}/label", data={"column": "1", "accuracy": "80"})
    first = finish(client, address).text
    assert "To reach 80% accuracy" in first
    again = client.get(f"{address}?again=1").text
    assert "<select" in again
    assert 'value="80"' in again
    client.post(f"{address}/label", data={"column": "0", "accuracy": "99"})
    second = finish(client, address).text
    assert "To reach 99% accuracy" in second
    rows = list(csv.reader(io.StringIO(client.get(f"{address}/labelled").text)))
    assert rows[0] == ["编号", "评论", "label", "gezhi_label", "probability"]


@pytest.mark.parametrize("column", ["7", "-1", "评论", "", "9" * 4000, "²"])
def test_a_column_that_is_not_there_does_no_harm(client, upload, finish, column):
    address = upload("a.csv", as_csv(",", "utf-8", None)).url.path
    client.post(f"{address}/label", data={"column": column})
    assert "rows labelled" in finish(client, address).text


def test_columns_of_one_name_or_none_are_told_apart(client, upload, finish):
    data = "a,a,\n1,很好,x\n2,太差了,y\n".encode()
    page = upload("twice.csv", data)
    assert re.findall(r'<option value="\d"[^>]*>([^<]*)<', page.text) == ["a", "a", "column 3"]
    client.post(f"{page.url.path}/label", data={"column": "1"})
    text = finish(client, page.url.path).text
    assert "2 rows labelled" in text
    assert "太差了" in text


BAD = {
    "ragged.csv": (b"a,b\n1,2\n3\n", "ragged.csv: row 3"),
    "empty.csv": (b"", "empty.csv is empty"),
    "picture.csv": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "picture.csv is a picture (PNG)"),
    "random.csv": (bytes(range(256)) * 20, "random.csv"),
    "report.docx": (b"PK\x03\x04" + b"\0" * 100, "report.docx is a zip archive"),
    "broken.xlsx": (b"PK\x03\x04" + b"\0" * 100, "broken.xlsx"),
    "broken.parquet": (b"PAR1" + b"\0" * 100, "broken.parquet"),
    "broken.jsonl": (b'{"a": 1}\n{"a": \n', "broken.jsonl"),
    "array.jsonl": (b"[1, 2]\n", "array.jsonl"),
    "quote.csv": (b'a,b\n1,"2\n3,4\n', "quote.csv"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_sentence_with_its_own_name(upload, settings, name):
    data, said = BAD[name]
    answer = upload(name, data)
    assert answer.status_code == 422
    [sentence] = re.findall(r'<p lang="en" class="quoted">([^<]*)</p>', answer.text)
    assert said in sentence
    assert "source" not in sentence
    assert str(settings.folder) not in answer.text
    assert not [path for path in settings.folder.rglob("*") if path.is_file()]


def test_a_binary_column_or_nothing_to_read_is_a_sentence(client, upload, finish):
    data = b'{"text": ["a", "b"]}\n'
    address = upload("lists.jsonl", data).url.path
    client.post(f"{address}/label", data={"column": "0"})
    page = finish(client, address).text
    assert "The file could not be labelled" in page
    assert "lists.jsonl" in page
    assert "<select" in page


def test_a_table_without_rows(client, upload, finish):
    address = upload("header.csv", b"text,b\n").url.path
    client.post(f"{address}/label", data={"column": "0"})
    page = finish(client, address).text
    assert "0 rows labelled" in page
    assert "No row has any text." in page


def test_texts_are_no_markup(client, upload, finish):
    data = "text\n<script>alert(1)</script>好\n".encode()
    page = upload("a.csv", data)
    client.post(f"{page.url.path}/label", data={"column": "0"})
    for text in (page.text, finish(client, page.url.path).text):
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;好" in text


def test_a_removed_file_is_gone(client, upload, settings):
    address = upload("a.csv", as_csv(",", "utf-8", None)).url.path
    page = client.post(f"{address}/remove")
    assert page.url.path == "/sentiment"
    assert client.get(address).status_code == 404
    assert client.post(f"{address}/label").status_code == 404
    assert client.post(f"{address}/remove").status_code == 200
    assert list(settings.folder.iterdir()) == []


def test_what_is_not_there_is_said(client):
    for path in ("/sentiment/files/x", "/sentiment/files/x/labelled", "/jobs/x/events", "/x"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "There is nothing at this address" in answer.text
    assert client.post("/jobs/x/cancel").status_code == 404


class Odd:
    """A studio whose label job is one of the odd ones."""

    def __init__(self, settings, monkeypatch, task, **parameters):
        real = create_app.__globals__["Jobs"]

        class OddJobs(real):
            def start(self, job):
                job.task, job.parameters = f"odd.{task}", {**job.parameters, **parameters}
                super().start(job)

        monkeypatch.setattr("gezhi.studio.app.Jobs", OddJobs)
        self.client = TestClient(
            create_app(settings), base_url=ADDRESS, headers={"origin": ADDRESS}
        )

    def begin(self):
        page = self.client.post(
            "/sentiment/files", files={"file": ("a.csv", as_csv(",", "utf-8", None))}
        )
        self.client.post(f"{page.url.path}/label", data={"column": "1"})
        return page.url.path


def test_progress_is_streamed_and_a_reload_finds_the_job(odd_settings, monkeypatch):
    studio = Odd(odd_settings, monkeypatch, "count", total=40, pause=0.1)
    with studio.client as client:
        address = studio.begin()
        page = client.get(address).text
        events = re.search(r'hx-sse:connect="([^"]+)"', page).group(1)
        assert f'href="{address}"' in client.get("/sentiment").text
        assert re.search(r"waiting|running", client.get("/sentiment").text)
        stream = client.get(events)
        assert stream.headers["content-type"].startswith("text/event-stream")
        done = [int(n) for n in re.findall(r'<progress[^>]*max="40" value="(\d+)"', stream.text)]
        assert done == sorted(done)
        assert len(done) > 2
        assert stream.text.endswith("event: end\ndata: done\n\n")
        assert client.get(events).text.endswith("event: end\ndata: done\n\n")


def test_cancelling_a_job_leads_back_to_its_file(odd_settings, monkeypatch, tmp_path):
    studio = Odd(odd_settings, monkeypatch, "hang", ids=str(tmp_path / "ids"))
    with studio.client as client:
        address = studio.begin()
        while not (tmp_path / "ids").exists():
            time.sleep(0.05)
        cancel = re.search(r'action="(/jobs/[^"]+/cancel)"', client.get(address).text).group(1)
        page = client.post(cancel)
        assert page.url.path == address
        assert "Cancelled. Nothing was kept" in page.text
        assert "<select" in page.text


def test_a_second_start_does_not_start_a_second_job(odd_settings, monkeypatch, tmp_path):
    studio = Odd(odd_settings, monkeypatch, "hang", ids=str(tmp_path / "ids"))
    with studio.client as client:
        address = studio.begin()
        client.post(f"{address}/label", data={"column": "1"})
        assert len(client.app.state.jobs.all) == 1


def test_a_full_queue_is_a_sentence(odd_settings, monkeypatch, tmp_path):
    studio = Odd(odd_settings, monkeypatch, "hang", ids=str(tmp_path / "ids"))
    with studio.client as client:
        studio.begin()
        while not (tmp_path / "ids").exists():
            time.sleep(0.05)
        addresses = [studio.begin() for _ in range(3)]
        assert "Waiting: 1 other job comes first" in client.get(addresses[1]).text
        answer = client.post(f"{addresses[2]}/label", data={"column": "1"})
        assert answer.status_code == 503
        assert "Too many jobs are waiting" in answer.text


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("refuse", "a.csv: row 3 is &lt;ragged&gt;"),
        ("crash", "RuntimeError: the reactor is on fire"),
        ("die", "exit code 9"),
    ],
)
def test_a_job_that_fails_says_why(odd_settings, monkeypatch, finish, task, said):
    studio = Odd(odd_settings, monkeypatch, task)
    with studio.client as client:
        page = finish(client, studio.begin()).text
        assert said in page
        assert ("stopped unexpectedly" in page) == (task != "refuse")
        assert "<select" in page


def test_a_table_without_rows_offers_nothing_to_label(upload):
    page = upload("empty.csv", b"id,text\n").text
    assert "There is no row below the names of the columns" in page
    assert "Label this file" not in page


def test_parquet_is_offered_only_where_it_can_be_read(client, monkeypatch):
    from gezhi.studio.sentiment import files

    def hint(page):
        return re.search(r'id="file-hint">([^<]*)<', page).group(1)

    assert "jsonl · parquet, or plain lines" in hint(client.get("/sentiment").text)
    monkeypatch.setattr(files, "find_spec", lambda name: None)
    page = client.get("/sentiment").text
    assert "jsonl, or plain lines" in hint(page)
    assert ".parquet" not in page
