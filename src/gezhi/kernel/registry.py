"""What models and data sets there are, and where each is found.

Models: the user's own folder first, then those that ship inside the package. Data: the folder
that ``GEZHI_DATA`` names, then a package that ships the file, then what was fetched earlier. A
data set whose sha256 is known is checked on every way, before anything reads it.
"""

from __future__ import annotations

import hashlib
import http.client
import importlib.util
import os
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from gezhi.errors import BundleError, DataError, ParameterError
from gezhi.kernel.bundle import Bundle, read_bundle
from gezhi.kernel.paths import atomic_write, user_data_folder, user_models_folder
from gezhi.kernel.progress import Report

__all__ = [
    "DATA",
    "BundleEntry",
    "DataSet",
    "bundle_entry",
    "fetch_data",
    "find_bundle",
    "find_data",
    "list_bundles",
    "shipped_models_folder",
]


@dataclass(frozen=True, slots=True)
class BundleEntry:
    """One bundle: its size in bytes, and where it is: ``shipped``, ``user`` or ``path``.

    ``error`` is None for a sound bundle; for a damaged one it says what is wrong.
    """

    name: str
    version: str
    kind: str
    bytes: int
    where: str
    folder: Path
    error: str | None = None


@dataclass(frozen=True, slots=True)
class DataSet:
    """One data set: its file inside a data folder, and where else it may come from.

    Attributes:
        file: path inside the folder that ``GEZHI_DATA`` names, and inside ours.
        url: where to fetch it; None when no address may be relied on.
        sha256: of the file; None when it is not known.
        package: ``module:path`` of an installed package that ships it.
        licence: as stated by its source.
        note: one line on what it is.
    """

    name: str
    file: str
    url: str | None
    sha256: str | None
    package: str | None
    licence: str
    note: str


DATA: dict[str, DataSet] = {
    one.name: one
    for one in (
        DataSet(
            name="sentiment-posneg",
            file="sentiment/posneg_21k.tsv.gz",
            url=None,
            sha256="f7779a1659088cd5af723b994590436a6dd95a562378c70f53ea6383ae54d3e0",
            package=None,
            licence="none stated",
            note="21,107 Chinese reviews, label and text: the corpus of the original post",
        ),
        DataSet(
            name="sentiment-shopping",
            file="sentiment/online_shopping_10_cats.tsv.gz",
            url=None,
            sha256="cb4a9853ab4a9b472b9eee804f158898342feec82475c0dd07835685d3004520",
            package=None,
            licence="none stated",
            note="62,773 Chinese shopping reviews: label, category and text (ChineseNlpCorpus)",
        ),
        DataSet(
            name="news-sentences",
            file="text/news_sentences.txt.gz",
            url=None,
            sha256="e24504b3ec7043d58a15d5bff6002ea3bbfc86be3429a8548bba3f8dce71b89d",
            package=None,
            licence="none stated",
            note="55,289 sentences of news of 1998, one a line (ChineseNlpCorpus, MSRA)",
        ),
    )
}


def shipped_models_folder() -> Path:
    """The folder of the bundles that are part of the package."""
    return Path(__file__).parents[1] / "bundles"


def find_bundle(source: str | Path, *, kind: str | None = None) -> Bundle:
    """Find a bundle by name or path, and verify it.

    Args:
        source: a name of the registry (``"sentiment"``, or ``"sentiment@1"`` for one version;
            the newest otherwise), or the path of a folder with a ``bundle.json``. A name wins
            over a folder of the same name; write ``./sentiment`` for the folder.
        kind: the kind that the caller can use; None takes any.

    Raises:
        BundleError: there is no such bundle, it is damaged, or it is of another kind.
    """
    bundle = read_bundle(_locate(source))
    if kind is not None and bundle.kind != kind:
        raise BundleError(f"{source} is a bundle of the kind {bundle.kind!r}, not {kind!r}")
    return bundle


def list_bundles() -> list[BundleEntry]:
    """Every bundle of the registry, sound or damaged, by name and version; the user's first."""
    return [
        _entry(where, folder)
        for where, root in _roots()
        for folder in sorted(
            (one.parent for one in root.glob("*/*/bundle.json") if _is_version(one.parent.name)),
            key=lambda folder: (folder.parent.name, _order(folder.name)),
        )
    ]


def bundle_entry(source: str | Path) -> BundleEntry:
    """The entry of one bundle by name or path, sound or damaged.

    Raises:
        BundleError: there is no bundle there at all.
    """
    folder = _locate(source).absolute()
    for where, root in _roots():
        if folder.is_relative_to(root.absolute()):
            return _entry(where, folder)
    return _entry("path", folder)


def find_data(name: str) -> Path:
    """The path of a data set whose sha256 was checked.

    Raises:
        DataError: the name is unknown, the file is nowhere, or it is not the file it should be;
            the message says how to get it.
    """
    data = _known(name)
    for path in _places(data):
        if path.is_file():
            _check_data(data, path)
            return path
    raise DataError(
        f"the data set {name} is not here: set GEZHI_DATA to a folder that holds {data.file}, "
        f"or run: gezhi data fetch {name}{'' if data.url else ' --url ADDRESS'}"
    )


def fetch_data(
    name: str,
    *,
    url: str | None = None,
    sha256: str | None = None,
    progress: Report | None = None,
) -> Path:
    """Download a data set into the user's folder, checked before it is moved into place.

    Args:
        name: a name of `DATA`.
        url: http or https address; the registry's own when None.
        sha256: the file's hash, for a data set whose hash the registry does not know.
        progress: called with bytes done, bytes in all (when the server tells) and a message.

    Raises:
        DataError: no address is known, the download failed or ended early, or the file is not
            the one it should be. Nothing is left behind then.
    """
    data = _known(name)
    address, digest = url or data.url, _agreed_digest(data, sha256)
    if address is None:
        raise DataError(
            f"no address is known for {name}; name one (--url ADDRESS), or point GEZHI_DATA at "
            f"a folder that holds {data.file}"
        )
    if urllib.parse.urlsplit(address).scheme not in ("http", "https"):
        raise ParameterError(f"url must begin with http:// or https://, not {address!r}")
    target = user_data_folder() / data.file
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(target) as temporary:
        found = _download(address, temporary, name, progress)
        if found != digest:
            raise DataError(f"{address} is not {name}: its sha256 is {found}, not {digest}")
    return target


def _roots() -> tuple[tuple[str, Path], ...]:
    return ("user", user_models_folder()), ("shipped", shipped_models_folder())


def _is_version(text: str) -> bool:
    return all(part.isascii() and part.isdigit() for part in text.split("."))


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _locate(source: str | Path) -> Path:
    if isinstance(source, str) and not any(mark in source for mark in ("/", "\\", "\0")):
        name, _, version = source.partition("@")
        for _, root in _roots():
            folder = _newest(root / name, version) if name not in ("", ".", "..") else None
            if folder is not None:
                return folder
    path = Path(source)
    if "\0" not in str(source) and (path / "bundle.json").is_file():
        return path
    names = sorted({entry.name for entry in list_bundles()})
    raise BundleError(
        f"there is no model {str(source)!r}: name a folder with a bundle.json, "
        f"or one of: {', '.join(names) or 'none is installed'}"
    )


def _newest(folder: Path, version: str) -> Path | None:
    versions = [
        one.parent
        for one in folder.glob("*/bundle.json")
        if _is_version(one.parent.name) and version in ("", one.parent.name)
    ]
    return max(versions, key=lambda one: _order(one.name), default=None)


def _entry(where: str, folder: Path) -> BundleEntry:
    size = sum(one.stat().st_size for one in folder.iterdir() if one.is_file())
    folder = folder.absolute()
    try:
        bundle = read_bundle(folder)
    except BundleError as damage:
        return BundleEntry(
            folder.parent.name, folder.name, "", size, where, folder, error=str(damage)
        )
    return BundleEntry(bundle.name, bundle.version, bundle.kind, size, where, folder)


def _known(name: str) -> DataSet:
    if name not in DATA:
        raise DataError(f"there is no data set {name!r}; there are: {', '.join(sorted(DATA))}")
    return DATA[name]


def _places(data: DataSet) -> list[Path]:
    places = []
    named = os.environ.get("GEZHI_DATA")
    if named:
        places.append(Path(named).expanduser() / data.file)
    if data.package:
        module, _, inside = data.package.partition(":")
        found = importlib.util.find_spec(module)
        places += [Path(one) / inside for one in (found and found.submodule_search_locations) or ()]
    places.append(user_data_folder() / data.file)
    return places


def _check_data(data: DataSet, path: Path) -> None:
    if data.sha256 is None:
        return
    with path.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != data.sha256:
        raise DataError(f"{path} is not {data.name}: its sha256 is {found}, not {data.sha256}")


def _agreed_digest(data: DataSet, named: str | None) -> str:
    """The sha256 that the file must have: the registry's, which a caller cannot talk away."""
    known = data.sha256 or (named and named.lower())
    if not known:
        raise DataError(f"the sha256 of {data.name} is not known; name it: --sha256 HASH")
    if named and named.lower() != known:
        raise DataError(f"the sha256 of {data.name} must be {known}, not {named}")
    return known


def _download(address: str, target: Path, name: str, progress: Report | None) -> str:
    digest, done = hashlib.sha256(), 0
    try:
        with urllib.request.urlopen(address, timeout=60) as answer, target.open("wb") as written:
            length = answer.headers.get("Content-Length", "")
            total = int(length) if length.isdigit() else None
            while block := answer.read(1 << 16):
                written.write(block)
                digest.update(block)
                done += len(block)
                if progress is not None:
                    progress(done, total, f"fetching {name}")
    except (
        urllib.error.URLError,
        http.client.HTTPException,
        TimeoutError,
        ConnectionError,
    ) as error:
        reason = getattr(error, "reason", None) or error
        raise DataError(f"{address} could not be fetched: {reason}") from error
    if total is not None and done != total:
        raise DataError(f"{address} ended early: {done:,} of {total:,} bytes came")
    return digest.hexdigest()
