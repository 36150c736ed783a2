"""Models and data are found where they should be, and only whole and right files arrive."""

import hashlib
import http.server
import shutil
import threading
from pathlib import Path

import pytest

from gezhi.errors import BundleError, DataError, ParameterError
from gezhi.kernel import registry
from gezhi.kernel.bundle import write_bundle
from gezhi.kernel.paths import user_data_folder, user_models_folder
from gezhi.kernel.registry import (
    DATA,
    DataSet,
    bundle_entry,
    fetch_data,
    find_bundle,
    find_data,
    list_bundles,
)

CONTENT = bytes(range(256)) * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


def write(folder: Path, *, version="1", kind="test", name=None):
    return write_bundle(
        folder,
        name=name or folder.parent.name,
        version=version,
        kind=kind,
        files={"model.onnx": b"weights"},
        parameters={},
        inputs={},
        outputs={},
        preprocessing={},
        metrics={},
        training={},
    )


@pytest.fixture
def shipped(monkeypatch, tmp_path) -> Path:
    folder = tmp_path / "shipped"
    monkeypatch.setattr(registry, "shipped_models_folder", lambda: folder)
    return folder


class TestBundles:
    def test_the_newest_version_of_a_name_is_found(self, shipped):
        for version in ("2", "10", "9.5"):
            write(shipped / "tiny" / version, version=version)
        assert find_bundle("tiny").version == "10"
        assert find_bundle("tiny@9.5").version == "9.5"

    def test_the_users_own_wins(self, shipped):
        write(shipped / "tiny" / "2", version="2")
        write(user_models_folder() / "tiny" / "1")
        assert find_bundle("tiny").folder == user_models_folder() / "tiny" / "1"
        assert [(one.where, one.version) for one in list_bundles()] == [
            ("user", "1"),
            ("shipped", "2"),
        ]

    def test_a_path_is_taken_as_it_is(self, shipped, tmp_path, monkeypatch):
        write(shipped / "tiny" / "2", version="2")
        write(tmp_path / "tiny", name="tiny")
        monkeypatch.chdir(tmp_path)
        assert find_bundle(tmp_path / "tiny").version == "1"
        assert find_bundle(str(tmp_path / "tiny")).version == "1"
        assert find_bundle("./tiny").version == "1"
        assert find_bundle(Path("tiny")).version == "1"
        assert find_bundle("tiny").version == "2"

    @pytest.mark.parametrize(
        "name", ["nothing", "tiny@3", "", ".", "..", "@", "../tiny", "a\0b", "tiny@../1", "bundles"]
    )
    def test_an_unknown_name_is_an_error_that_tells_the_names(self, shipped, name):
        write(shipped / "tiny" / "1")
        with pytest.raises(BundleError, match="or one of: tiny"):
            find_bundle(name)

    def test_another_kind_is_refused(self, shipped):
        write(shipped / "tiny" / "1", kind="glyphs")
        assert find_bundle("tiny", kind="glyphs").kind == "glyphs"
        with pytest.raises(BundleError, match="kind 'glyphs', not 'sentiment'"):
            find_bundle("tiny", kind="sentiment")

    def test_a_damaged_bundle_is_listed_as_such_and_never_found(self, shipped):
        bundle = write(shipped / "tiny" / "1")
        bundle.path("model.onnx").write_bytes(b"wrights")
        (entry,) = list_bundles()
        assert (entry.name, entry.version) == ("tiny", "1")
        assert "model.onnx is damaged" in entry.error
        assert bundle_entry("tiny") == entry
        with pytest.raises(BundleError, match="damaged"):
            find_bundle("tiny")

    def test_an_entry_tells_where_it_is_and_its_size(self, shipped, tmp_path):
        bundle = write(tmp_path / "own", name="own")
        entry = bundle_entry(tmp_path / "own")
        assert entry.where == "path"
        assert entry.bytes == sum(path.stat().st_size for path in bundle.folder.iterdir())

    def test_other_folders_are_passed_over(self, shipped):
        write(shipped / "tiny" / "1")
        write(shipped / "tiny" / ".1.abcd.partial")
        assert [one.version for one in list_bundles()] == ["1"]


@pytest.fixture
def tiny(monkeypatch) -> DataSet:
    data = DataSet("tiny", "some/tiny.bin", None, DIGEST, None, "none stated", "bytes")
    monkeypatch.setitem(DATA, "tiny", data)
    return data


class TestFindData:
    def test_the_named_folder_comes_first(self, tiny, tmp_path, monkeypatch):
        for root in (tmp_path / "named", user_data_folder()):
            (root / "some").mkdir(parents=True)
            (root / tiny.file).write_bytes(CONTENT)
        assert find_data("tiny") == user_data_folder() / tiny.file
        monkeypatch.setenv("GEZHI_DATA", str(tmp_path / "named"))
        assert find_data("tiny") == tmp_path / "named" / tiny.file

    def test_a_package_may_ship_it(self, tiny, tmp_path, monkeypatch):
        package = tmp_path / "tiny_data_package"
        package.mkdir()
        (package / "__init__.py").write_text("raise RuntimeError('must not be imported')")
        (package / "tiny.bin").write_bytes(CONTENT)
        monkeypatch.syspath_prepend(str(tmp_path))
        shipping = DataSet(
            "tiny", tiny.file, None, DIGEST, "tiny_data_package:tiny.bin", "none stated", "bytes"
        )
        monkeypatch.setitem(DATA, "tiny", shipping)
        assert find_data("tiny") == package / "tiny.bin"

    def test_a_wrong_file_is_never_read(self, tiny, tmp_path, monkeypatch):
        (tmp_path / "some").mkdir()
        (tmp_path / tiny.file).write_bytes(CONTENT[:-1])
        monkeypatch.setenv("GEZHI_DATA", str(tmp_path))
        with pytest.raises(DataError, match="its sha256 is .* not " + DIGEST):
            find_data("tiny")

    def test_what_is_missing_says_how_to_get_it(self, tiny):
        with pytest.raises(DataError, match=r"GEZHI_DATA .*some/tiny\.bin.*gezhi data fetch tiny"):
            find_data("tiny")

    def test_an_unknown_name_tells_the_names(self):
        with pytest.raises(DataError, match="sentiment-posneg"):
            find_data("nothing")

    def test_every_known_data_set_is_described(self):
        for name, data in DATA.items():
            assert data.name == name
            assert len(data.sha256) == 64
            assert not Path(data.file).is_absolute()
            assert ".." not in Path(data.file).parts
            assert data.licence
            assert data.note


class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/missing":
            self.send_error(404)
            return
        body = CONTENT if self.path != "/wrong" else CONTENT[::-1]
        self.send_response(200)
        if self.path != "/unknown-length":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if self.path != "/cut" else body[:1000])

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def files_left() -> list[Path]:
    return [path for path in user_data_folder().rglob("*") if path.is_file()]


class TestFetchData:
    @pytest.mark.parametrize("page", ["/good", "/unknown-length"])
    def test_the_right_file_arrives(self, tiny, address, page):
        told = []
        path = fetch_data("tiny", url=address + page, progress=lambda *one: told.append(one))
        assert path.read_bytes() == CONTENT
        assert find_data("tiny") == path
        assert files_left() == [path]
        assert [done for done, _, _ in told] == sorted({done for done, _, _ in told})
        total = len(CONTENT) if page == "/good" else None
        assert told[-1][:2] == (len(CONTENT), total)

    @pytest.mark.parametrize(
        ("page", "reason"),
        [
            ("/wrong", "its sha256 is"),
            ("/cut", "ended early: 1,000 of 256,000 bytes"),
            ("/missing", "Not Found"),
        ],
    )
    def test_a_wrong_cut_or_missing_file_leaves_no_trace(self, tiny, address, page, reason):
        with pytest.raises(DataError, match=reason):
            fetch_data("tiny", url=address + page)
        assert files_left() == []

    def test_an_interruption_leaves_no_trace_and_the_old_file(self, tiny, address):
        old = fetch_data("tiny", url=address + "/good")

        def interrupt(*_):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fetch_data("tiny", url=address + "/wrong", progress=interrupt)
        assert files_left() == [old]
        assert old.read_bytes() == CONTENT

    def test_nobody_answers(self, tiny):
        with pytest.raises(DataError, match="could not be fetched"):
            fetch_data("tiny", url="http://127.0.0.1:9/nothing")
        assert files_left() == []

    def test_the_known_hash_cannot_be_talked_away(self, tiny, address):
        with pytest.raises(DataError, match="must be"):
            fetch_data("tiny", url=address + "/wrong", sha256="0" * 64)

    def test_without_a_hash_nothing_is_fetched(self, address, monkeypatch):
        free = DataSet("free", "free.bin", address + "/good", None, None, "none stated", "bytes")
        monkeypatch.setitem(DATA, "free", free)
        with pytest.raises(DataError, match="--sha256"):
            fetch_data("free")
        assert fetch_data("free", sha256=DIGEST.upper()).read_bytes() == CONTENT

    @pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/x", "tiny.bin"])
    def test_only_the_web_is_fetched_from(self, tiny, url):
        with pytest.raises(ParameterError, match="http"):
            fetch_data("tiny", url=url)

    def test_without_an_address_the_message_says_what_to_name(self, tiny):
        with pytest.raises(DataError, match="--url"):
            fetch_data("tiny")

    def test_a_folder_that_went_away_is_made_again(self, tiny, address):
        fetch_data("tiny", url=address + "/good")
        shutil.rmtree(user_data_folder())
        assert fetch_data("tiny", url=address + "/good").is_file()
