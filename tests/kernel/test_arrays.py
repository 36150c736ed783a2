"""Items from files: what is there comes back as it is, and what is damaged is told."""

import gzip
import io
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gezhi.errors import GezhiError, InputError
from gezhi.kernel.arrays import find_kind, read_items
from gezhi.kernel.pictures import read_picture

PICTURES = np.random.default_rng(1).integers(0, 256, (7, 5, 4), np.uint8)


def idx(values, code):
    shape = struct.pack(f">{values.ndim}I", *values.shape)
    return bytes([0, 0, code, values.ndim]) + shape + values.tobytes()


def saved(values, **others):
    file = io.BytesIO()
    np.savez(file, **{"x": values, **others})
    return file.getvalue()


def test_npy_is_mapped_and_comes_back(tmp_path):
    path = tmp_path / "pictures.npy"
    np.save(path, PICTURES)
    items = read_items(path)
    assert isinstance(items.values, np.memmap)
    assert np.array_equal(items.values, PICTURES)
    assert items.labels is None


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_npz_with_labels(tmp_path, write):
    path = tmp_path / "pictures.npz"
    write(path, other=np.zeros(3), images=PICTURES, y=np.arange(7))
    items = read_items(path)
    assert np.array_equal(items.values, PICTURES)
    assert items.labels.tolist() == list(range(7))
    assert read_items(path, label="y").labels.tolist() == list(range(7))


def test_an_npz_of_several_arrays_asks_which(tmp_path):
    path = tmp_path / "two.npz"
    np.savez(path, one=PICTURES, two=PICTURES)
    with pytest.raises(InputError, match="name one of one, two"):
        read_items(path)
    assert np.array_equal(read_items(path, columns=["two"]).values, PICTURES)
    with pytest.raises(InputError, match="no array 'three'; it has one, two"):
        read_items(path, columns=["three"])


@pytest.mark.parametrize(
    ("code", "kind"), [(8, ">u1"), (9, ">i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")]
)
@pytest.mark.parametrize("packed", [False, True])
def test_idx_of_every_type(tmp_path, code, kind, packed):
    values = (PICTURES // 2).astype(kind)
    content = idx(values, code)
    path = tmp_path / "pictures"
    path.write_bytes(gzip.compress(content) if packed else content)
    items = read_items(path)
    assert np.array_equal(items.values, values)
    assert items.values.dtype.isnative


@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_a_table_with_labels_and_columns(tmp_path, ending):
    path = tmp_path / f"rows.{ending}"
    rows = [("name", "a", "b", "class"), ("x", "1", "2.5", "cat"), ("y", "-3e2", "4", "dog")]
    path.write_text("\n".join(("," if ending == "csv" else "\t").join(one) for one in rows))
    with pytest.raises(InputError, match="row 2, column 'name': 'x' is no finite number"):
        read_items(path)
    items = read_items(path, columns=["a", "b"])
    assert items.values.tolist() == [[1, 2.5], [-300, 4]]
    assert items.names == ("a", "b")
    assert items.labels.tolist() == ["cat", "dog"]


@pytest.mark.parametrize("cell", ["", "nan", "inf", "1e999", "½"])
def test_a_cell_that_is_no_finite_number(tmp_path, cell):
    path = tmp_path / "rows.csv"
    path.write_text(f"a,b\n1,2\n3,{cell}\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 3, column 'b'"):
        read_items(path)


def test_a_folder_of_pictures(tmp_path):
    for number, picture in enumerate(PICTURES):
        Image.fromarray(picture).save(tmp_path / f"{number}.png")
    items = read_items(tmp_path)
    assert np.array_equal(items.values, PICTURES)
    assert items.sources == tuple(f"{number}.png" for number in range(7))
    assert items.labels is None
    Image.new("RGB", (4, 5), (1, 2, 3)).save(tmp_path / "8.png")
    assert read_items(tmp_path).values.shape == (8, 5, 4, 3)
    Image.new("L", (9, 9)).save(tmp_path / "9.png")
    with pytest.raises(InputError, match=r"9\.png has 9 × 9 pixels, but 0\.png 4 × 5"):
        read_items(tmp_path)
    assert read_items(tmp_path, size=(6, 8)).values.shape == (9, 6, 8, 3)


def test_folders_of_folders_are_labels(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        Image.new("L", (3, 3)).save(tmp_path / name / "1.png")
    assert read_items(tmp_path).labels.tolist() == ["cat", "dog"]


def test_what_is_transparent_shows_white_and_a_camera_is_turned(tmp_path):
    path = tmp_path / "clear.png"
    Image.new("RGBA", (2, 2), (9, 9, 9, 0)).save(path)
    assert read_picture(path).tolist() == [[[255] * 3] * 2] * 2
    turned = Image.new("L", (3, 2))
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.jpg", exif=exif)
    assert read_picture(tmp_path / "turned.jpg").shape == (3, 2)


def test_sixteen_bits_lose_the_lower_eight(tmp_path):
    path = tmp_path / "deep.png"
    Image.fromarray(np.array([[0, 256, 65535]], np.uint16)).save(path)
    assert read_picture(path).tolist() == [[0, 1, 255]]


def told(read, path):
    """What is said of a path that cannot be read; nothing where it can."""
    try:
        read(path)
    except GezhiError as error:
        return str(error)
    return ""


def claims(shape):
    """An npy whose header claims more than is there."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": "<f8", "fortran_order": False, "shape": shape}
    )
    return file.getvalue() + bytes(16)


HOSTILE = {
    "no such": (None, "there is no file"),
    "empty": (b"", "empty"),
    "text": (b"hello, world", "nothing that is read here"),
    "claims.npy": (claims((1 << 20, 1 << 20)), "cut short"),
    "objects.npy": (None, "Python objects"),
    "scalar.npy": (None, "shape ()"),
    "none.npy": (None, "nothing is in it"),
    "texts.npy": (None, "give numbers"),
    "claims.npz": (None, "cut short"),
    "cut.npz": (saved(PICTURES)[:-80], "cut short or damaged"),
    "damaged.npz": (None, "damaged"),
    "notes.npz": (None, "without arrays"),
    "labels.npz": (saved(PICTURES, y=np.arange(3)), "labels of shape"),
    "cut.idx": (idx(PICTURES, 8)[:-1], "cut short"),
    "long.idx": (idx(PICTURES, 8) + b"\0", "too long"),
    "cut.idx.gz": (gzip.compress(idx(PICTURES, 8))[:-9], "cut short"),
    "claims.idx.gz": (gzip.compress(b"\0\0\x08\x03" + b"\xff" * 12), "cut short"),
    "head.idx": (b"\0\0\x08\x03\0\0", "cut short"),
}


def spoil(name, path):
    if name == "objects.npy":
        np.save(path, np.array([{}, []], object), allow_pickle=True)
    elif name == "scalar.npy":
        np.save(path, np.float64(1))
    elif name == "none.npy":
        np.save(path, np.zeros((0, 3)))
    elif name == "texts.npy":
        np.save(path, np.array([["a"]]))
    elif name in ("claims.npz", "notes.npz"):
        with zipfile.ZipFile(path, "w") as archive:
            inner = "x.npy" if name == "claims.npz" else "notes.txt"
            archive.writestr(inner, claims((1 << 40,)))
    elif name == "damaged.npz":
        content = bytearray(saved(PICTURES))
        content[200] ^= 255
        path.write_bytes(content)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_read_is_told_in_a_sentence(tmp_path, name):
    content, words = HOSTILE[name]
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    else:
        spoil(name, path)
    with pytest.raises(InputError) as told:
        read_items(path)
    assert words in str(told.value)
    assert "\n" not in str(told.value)


@given(st.binary(max_size=300), st.sampled_from(["a.npy", "a.npz", "a", "a.png", "a.parquet"]))
def test_any_bytes_are_read_or_told_of(tmp_path_factory, content, name):
    path = tmp_path_factory.mktemp("bytes") / name
    path.write_bytes(b"\x93NUMPY" * (name == "a.npy") + content)
    for read in (read_items, read_picture, find_kind):
        assert name in (told(read, path) or name)


@given(st.data())
def test_damage_anywhere_is_found_or_harmless(tmp_path_factory, data):
    content = bytearray(saved(PICTURES))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("npz") / "x.npz"
    path.write_bytes(content)
    assert "x.npz" in (told(read_items, path) or "x.npz")
