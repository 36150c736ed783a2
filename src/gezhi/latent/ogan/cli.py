"""``gezhi latent ogan``."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gezhi.errors import InputError, Interrupted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gezhi.kernel.arrays import Items
    from gezhi.latent.ogan.model import OGANModel

__all__ = ["ogan"]

_DATA = click.argument("data", type=click.Path(path_type=Path))
_FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
_MODEL = click.option(
    "--model", required=True, metavar="NAME|DIR", help="Name of a model, or the folder of one."
)
_SHEET = click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="File to write: .png (a sheet), .gif or .npy.",
)
_PRIOR = click.option(
    "--prior",
    type=click.Choice(["codes", "normal"]),
    help="Draw where codes of real pictures lie (as is usual), or z of N(0, 1).",
)
_SEED = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all chance."
)
_SIZE = click.option("--size", metavar="HxW", help="Bring the pictures to this size.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_QUIET = click.option("--quiet", is_flag=True, help="Draw no progress bar.")


@click.group(short_help="Generate, encode, blend and edit pictures.")
def ogan() -> None:
    """O-GAN: a GAN whose discriminator is its encoder too. New pictures, codes, blends, edits."""


@ogan.command(short_help="Train on pictures and write the model to a folder.")
@_DATA
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="Folder to write."
)
@click.option(
    "--label",
    metavar="ARRAY",
    help="Labels of an npz: never learnt from. Of two, the direction between them is kept as NAME.",
)
@click.option("--code", type=click.IntRange(min=3), default=128, show_default=True, help="Length.")
@click.option(
    "--objective",
    type=click.Choice(["relativistic", "hinge", "wgan-gp", "qp"]),
    default="relativistic",
    show_default=True,
    help="The adversarial loss; qp is the original's.",
)
@click.option("--steps", type=click.IntRange(min=1), help="Of each network.")
@click.option("--channels", type=click.IntRange(min=1), default=24, show_default=True,
              help="At a resolution of 16; more is better and slower.")  # fmt: skip
@_SIZE
@click.option("--hold", type=click.IntRange(min=0), default=0, show_default=True,
              help="Pictures to hold back, chosen by their bytes, and to measure on.")  # fmt: skip
@_SEED
@_JSON
@_QUIET
def fit(
    data: Path,
    output: Path,
    label: str | None,
    code: int,
    objective: str,
    steps: int | None,
    channels: int,
    size: str | None,
    hold: int,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Train an O-GAN on the pictures of DATA and write it to a folder.

    DATA is npy, npz, IDX (.gz) or a folder of pictures; those that cannot be read are named and
    left out. The folder gets the model, metrics.json and three sheets: samples, reconstructions,
    and samples beside the training pictures nearest to them. Finished rounds are kept: the same
    command goes on where it was stopped. Needs the extra 'train'.
    """
    from gezhi.kernel.extras import require
    from gezhi.kernel.progress import Progress

    items = _items(data, label, size)
    _require_two(items, label)
    if hold > len(items) - 2:
        raise InputError(f"of {len(items):,} pictures, {hold:,} cannot be held back")
    if output.exists() and any(output.iterdir()) and not (output / "metrics.json").exists():
        raise InputError(f"{output} holds something else; choose an empty folder")
    require("torch", "train")
    from gezhi.latent.ogan.estimator import OGAN
    from gezhi.latent.ogan.folder import held_back, write_folder

    taught, held = held_back(items.values, hold)
    pictures = items.values[taught] if hold else items.values
    output.parent.mkdir(parents=True, exist_ok=True)
    kept = output.with_name(f".{output.name}.training")
    gan = OGAN(
        code_dim=code, objective=objective, n_steps=steps, channels=channels,
        random_state=seed, checkpoint=kept,
    )  # fmt: skip
    with Progress("training", quiet=quiet) as report, _rounds_kept():
        gan.set_params(report=report).fit(pictures)
    labels = items.labels[taught] if label is not None and items.labels is not None else None
    named = _direction_of_labels(gan, pictures, labels, label)
    how = [f"--label {label}"] if label else []
    how += [f"--size {size}"] if size else []
    how += [f"--hold {hold}"] if hold else []
    how += [f"--steps {steps}"] if steps else []
    how += [f"--code {code}", f"--objective {objective}", f"--channels {channels}"]
    command = " ".join(["gezhi latent ogan fit", data.name, *how, f"--seed {seed}"])
    said = {"command": command, "data": data.name, "seed": seed, "damaged": len(items.damaged)}
    others = items.values[held] if hold else None
    metrics = write_folder(gan, pictures, output, training=said, held=others)
    kept.unlink(missing_ok=True)
    if as_json:
        click.echo(json.dumps({**metrics, "damaged": list(items.damaged), "direction": named}))
        return
    click.echo(
        f"{metrics['pictures']:,} pictures, {metrics['steps']:,} steps: ρ "
        f"{metrics['correlation']:.2f}, reconstructions "
        f"{'of those held back ' if hold else ''}{metrics['mean_squared_error']:.4f} off "
        "(mean square of pixels in 0 to 1)"
    )
    if named:
        click.echo(f"the direction {named} is kept: gezhi latent ogan edit --direction {named}")
    click.echo(output)


def _require_two(items: Items, label: str | None) -> None:
    """Refuse labels between which there is no direction, before anything is trained."""
    import numpy as np

    if label is None or items.labels is None:
        return
    values, counts = np.unique(items.labels, return_counts=True)
    if len(values) != 2:
        raise InputError(f"{label} has {len(values)} different values; a direction needs two")
    if counts.min() < 2:
        raise InputError(f"only one picture has the {label} {values[counts.argmin()]}")


def _direction_of_labels(
    gan: Any, pictures: NDArray[Any], labels: NDArray[Any] | None, name: str | None
) -> str:
    """Keep the direction between two labels under their name; the name."""
    import numpy as np

    if name is None or labels is None:
        return ""
    groups = (pictures[labels == one] for one in np.unique(labels))
    gan.with_directions(**{name: gan.edit_direction(*groups)})
    return name


@ogan.command(short_help="Draw new pictures.")
@_MODEL
@click.option("-n", "number", type=click.IntRange(1, 100_000), default=64, show_default=True,
              help="How many.")  # fmt: skip
@_PRIOR
@_SHEET
@_SEED
def sample(model: str, number: int, prior: str | None, output: Path, seed: int) -> None:
    """Draw new pictures."""
    import numpy as np

    from gezhi.latent.ogan.folder import write_pictures

    fitted = _model(model)
    codes = fitted.draw(number, np.random.RandomState(seed), prior=prior)
    write_pictures(fitted.decode(codes), output)
    click.echo(output)


@ogan.command(short_help="Encode pictures and draw them again.")
@_FILES
@_MODEL
@_SHEET
@_JSON
def reconstruct(files: Sequence[Path], model: str, output: Path, as_json: bool) -> None:
    """Encode pictures and draw them again from their codes, each beside what it was.

    FILES are pictures of any size, folders of them, or npy, npz and IDX files of pictures of the
    model's size. An .npy gets the new pictures alone.
    """
    from gezhi.latent.ogan.folder import beside, round_trip, write_pictures

    fitted = _model(model)
    pictures, _ = _pictures(files, fitted)
    again = fitted.reconstruct(pictures)
    alone = output.suffix.lower() == ".npy"
    columns = 2 * max(1, round((len(pictures) / 2) ** 0.5))
    write_pictures(again if alone else beside(pictures, again), output, columns=columns)
    error = round_trip(fitted, pictures)
    if as_json:
        click.echo(json.dumps({"pictures": len(pictures), "mean_squared_error": error}))
        return
    click.echo(f"{len(pictures):,} pictures, {error:.4f} off (mean square of pixels in 0 to 1)")
    click.echo(output)


@ogan.command(short_help="Blend one picture into another.")
@click.argument("first", metavar="A", type=click.Path(path_type=Path))
@click.argument("second", metavar="B", type=click.Path(path_type=Path))
@_MODEL
@click.option("--steps", type=click.IntRange(2, 1000), default=16, show_default=True,
              help="Pictures in all.")  # fmt: skip
@_SHEET
def interpolate(first: Path, second: Path, model: str, steps: int, output: Path) -> None:
    """Blend picture A into picture B through the codes between them.

    A .gif goes there and back for ever.
    """
    from gezhi.latent.ogan.folder import write_pictures
    from gezhi.latent.ogan.model import between

    fitted = _model(model)
    (start,), (end,) = (_pictures([one], fitted)[0][:1] for one in (first, second))
    ends = fitted.encode([start, end]).codes
    write_pictures(fitted.decode(between(ends[0], ends[1], steps)), output, columns=min(steps, 16))
    click.echo(output)


@ogan.command(short_help="Give pictures more or less of something.")
@_FILES
@_MODEL
@click.option("--direction", metavar="NAME", help="A direction that the model holds.")
@click.option("--without", type=click.Path(path_type=Path), help="Pictures without it.")
@click.option("--having", type=click.Path(path_type=Path), help="Pictures that have it.")
@click.option(
    "--amounts",
    default="-2,-1,0,1,2",
    show_default=True,
    metavar="A,B,…",
    help="How much of it: 1 takes the mean of those without to that of those with it.",
)
@_SHEET
def edit(
    files: Sequence[Path],
    model: str,
    direction: str | None,
    without: Path | None,
    having: Path | None,
    amounts: str,
    output: Path,
) -> None:
    """Give pictures more or less of something, such as a smile.

    What it is is told by the name of a direction in the model, or by two groups of pictures, each
    a folder or a file of them. Each row of the sheet is a picture and its edits.
    """
    import numpy as np

    from gezhi.latent.ogan.folder import write_pictures
    from gezhi.latent.ogan.model import direction_of

    fitted = _model(model)
    if (direction is None) == (without is None and having is None):
        raise click.UsageError("give either --direction, or --without and --having")
    if direction is not None:
        if direction not in fitted.directions:
            known = ", ".join(sorted(fitted.directions)) or "none"
            raise InputError(f"the model holds no direction {direction!r}; it has: {known}")
        along = np.asarray(fitted.directions[direction])
    elif without is None or having is None:
        raise click.UsageError("--without and --having belong together")
    else:
        groups = (_pictures([one], fitted)[0] for one in (without, having))
        along = direction_of(*(fitted.encode(one).codes for one in groups))
    strengths = _numbers(amounts)
    pictures, _ = _pictures(files, fitted)
    codes = fitted.encode(pictures).codes
    edited = fitted.decode(
        (codes[:, None] + np.array(strengths)[:, None] * along).reshape(-1, fitted.code)
    ).reshape(len(pictures), len(strengths), *pictures.shape[1:])
    rows = np.concatenate([pictures[:, None], edited], axis=1)
    flat = rows.reshape(-1, *pictures.shape[1:])
    write_pictures(flat, output, columns=len(strengths) + 1)
    click.echo(output)


@ogan.command(short_help="Codes of pictures, and how real they look.")
@_FILES
@_MODEL
@click.option("-o", "--output", type=click.Path(path_type=Path),
              help="File to write: .npy (codes) or .csv.")  # fmt: skip
@_JSON
def project(files: Sequence[Path], model: str, output: Path | None, as_json: bool) -> None:
    """Encode pictures: the code of each, how real the judge finds it, and what is lost.

    'loss' is the mean square of what its reconstruction is off.
    """
    import numpy as np

    fitted = _model(model)
    pictures, names = _pictures(files, fitted)
    said = fitted.encode(pictures)
    was, again = (fitted.scaling.seen(one) for one in (pictures, fitted.decode(said.codes)))
    losses = (((was - again) / 2) ** 2).reshape(len(was), -1).mean(axis=1)
    rows = [
        {"picture": name, "realness": round(float(real), 4), "loss": round(float(loss), 5)}
        for name, real, loss in zip(names, said.judgements, losses, strict=True)
    ]
    if output is not None:
        _write_codes(output, said.codes, rows)
    if as_json:
        codes = np.round(said.codes, 5).tolist()
        click.echo(
            json.dumps([{**row, "code": code} for row, code in zip(rows, codes, strict=True)])
        )
        return
    width = max(7, *(len(str(one["picture"])[:40]) for one in rows))
    click.echo(f"{'picture':<{width}}  {'realness':>9}  {'loss':>8}")
    for one in rows[:50]:
        shown = str(one["picture"])[:40]
        click.echo(f"{shown:<{width}}  {one['realness']:>9.3f}  {one['loss']:>8.4f}")
    if len(rows) > 50:
        click.echo(f"and {len(rows) - 50:,} more")
    if output is not None:
        click.echo(output)


@ogan.command(short_help="How good a model's pictures are.")
@_DATA
@_MODEL
@click.option(
    "--features",
    required=True,
    metavar="NAME|DIR|FILE",
    help="Network to see with: a bundle, or an .onnx of your own (n, 3, H, W), such as Inception.",
)
@click.option("-n", "number", type=click.IntRange(2, 50_000), default=5000, show_default=True,
              help="Pictures of each kind.")  # fmt: skip
@_PRIOR
@_SEED
@_JSON
def measure(
    data: Path,
    model: str,
    features: str,
    number: int,
    prior: str | None,
    seed: int,
    as_json: bool,
) -> None:
    """Measure a model's new pictures against real ones that it was not trained on.

    Fréchet distance, precision and recall in the features of the network that is named. They are
    comparable with those of the same network only, and no FID unless it is Inception's.
    """
    import numpy as np

    from gezhi.latent.ogan.features import PictureFeatures
    from gezhi.latent.ogan.folder import round_trip
    from gezhi.latent.ogan.measures import frechet_distance, precision_recall

    fitted, seeing = _model(model), PictureFeatures.load(features)
    random = np.random.RandomState(seed)
    pictures, _ = _pictures([data], fitted)
    chosen = pictures[random.permutation(len(pictures))[:number]]
    drawn = fitted.decode(fitted.draw(len(chosen), random, prior=prior))
    real, made = seeing.features(chosen), seeing.features(drawn)
    both = precision_recall(real, made, neighbors=min(3, len(chosen) - 1))
    said = {
        "features": seeing.name,
        "pictures": len(chosen),
        "frechet_distance": frechet_distance(real, made),
        "precision": both.precision,
        "recall": both.recall,
        "mean_squared_error": round_trip(fitted, chosen),
    }
    if seeing.classes:
        kept = seeing.predict(fitted.reconstruct(chosen)) == seeing.predict(chosen)
        said["class_kept"] = float(kept.mean())
    if as_json:
        click.echo(json.dumps(said))
        return
    click.echo(f"by {seeing.name}, {len(chosen):,} real and {len(chosen):,} new pictures")
    for name, value in list(said.items())[2:]:
        click.echo(f"{str(name).replace('_', ' '):<20} {value:>9.4f}")


@ogan.command(short_help="Train a network to measure with.")
@_DATA
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="Folder to write."
)
@click.option("--labels", type=click.Path(path_type=Path),
              help="File of labels (npy or IDX), where DATA has none.")  # fmt: skip
@click.option("--no-labels", is_flag=True, help="Tell every picture from every other instead.")
@click.option("--epochs", type=click.IntRange(1, 1000), default=6, show_default=True,
              help="Passes over the data.")  # fmt: skip
@_SEED
@_JSON
@_QUIET
def features(
    data: Path,
    output: Path,
    labels: Path | None,
    no_labels: bool,
    epochs: int,
    seed: int,
    as_json: bool,
    quiet: bool,
) -> None:
    """Train the small network that 'measure' sees with, on pictures and their labels.

    Needs the extra 'train'.
    """
    import numpy as np

    from gezhi.kernel.arrays import read_labels
    from gezhi.kernel.extras import require
    from gezhi.kernel.progress import Progress

    items = _items(data, None, None)
    known = read_labels(labels) if labels is not None else items.labels
    if known is None and not no_labels:
        raise InputError(f"{data.name} has no labels; give --labels FILE, or --no-labels")
    require("torch", "train")
    from dataclasses import replace

    from gezhi.latent.ogan.seeing import train_features

    with Progress("training", quiet=quiet) as report:
        found = train_features(
            np.asarray(items.values), None if no_labels else known,
            epochs=epochs, seed=seed, report=report,
        )  # fmt: skip
    how = " --no-labels" if no_labels else ""
    how += f" --labels {labels.name}" if labels else ""
    command = f"gezhi latent ogan features {data.name}{how} --epochs {epochs} --seed {seed}"
    said = {**found.training, "data": data.name, "command": command}
    replace(found, training=said).save(output)
    if as_json:
        click.echo(json.dumps(dict(found.metrics)))
        return
    name, value = next(iter(found.metrics.items()))
    click.echo(f"{name.replace('_', ' ')} of pictures held back: {100 * value:.1f} %")
    click.echo(output)


# ---- what several commands share


def _items(data: Path, label: str | None, size: str | None) -> Items:
    """Pictures of a file or folder; those that cannot be read are told of."""
    from dataclasses import replace

    import numpy as np

    from gezhi.kernel.arrays import read_items
    from gezhi.kernel.pictures import scaled_picture
    from gezhi.latent.density.cli import size_of

    asked = size_of(size)
    items = read_items(data, label=label, size=asked, skip_damaged=True)
    if items.values.ndim < 3:
        raise InputError(f"{data.name} holds rows, not pictures")
    _tell(items.damaged)
    if asked is None or items.values.shape[1:3] == asked:
        return items
    if items.values.dtype != np.uint8:
        raise InputError(f"{data.name}: --size brings whole numbers 0 to 255 to another size only")
    brought = np.stack([scaled_picture(np.asarray(one), asked) for one in items.values])
    return replace(items, values=brought)


def _tell(damaged: Sequence[str]) -> None:
    for sentence in damaged[:10]:
        click.echo(f"left out: {sentence}", err=True)
    if damaged:
        more = f", {len(damaged) - 10:,} more than shown" if len(damaged) > 10 else ""
        click.echo(f"pictures that cannot be read: {len(damaged):,}{more}", err=True)


def _pictures(paths: Sequence[Path], model: OGANModel) -> tuple[NDArray[Any], list[str]]:
    """Pictures of files and folders as the model knows them, and their names."""
    import numpy as np

    from gezhi.kernel.arrays import read_items
    from gezhi.kernel.pictures import ENDINGS, read_picture

    found: list[NDArray[Any]] = []
    names: list[str] = []
    for path in paths:
        if path.suffix.lower() in ENDINGS and not path.is_dir():
            found.append(model.take([read_picture(path)]))
            names.append(path.name)
            continue
        if path.is_dir():
            paths_in = sorted(one for one in path.rglob("*") if one.suffix.lower() in ENDINGS)
            if not paths_in:
                raise InputError(f"{path} has no pictures ({', '.join(ENDINGS[:5])}, …)")
            damaged: list[str] = []
            for one in paths_in:
                try:
                    found.append(model.take([read_picture(one)]))
                    names.append(str(one.relative_to(path)))
                except InputError as error:
                    damaged.append(str(error))
            _tell(damaged)
            continue
        values = np.asarray(read_items(path).values)
        if values.ndim < 3:
            raise InputError(f"{path.name} holds rows, not pictures")
        if values.dtype == np.uint8 and values.shape[1:] != model.scaling.shape:
            values = model.take(list(values))
        found.append(values)
        names += [f"{path.name}[{number}]" for number in range(len(values))]
    if not found:
        raise InputError("none of the pictures can be read")
    return np.concatenate(found), names


def _model(source: str) -> OGANModel:
    """The model of a name, of a bundle's folder, or of a folder that `fit` has written."""
    from gezhi.latent.ogan.model import OGANModel

    inner = Path(source) / "model"
    return OGANModel.load(inner if (inner / "bundle.json").is_file() else source)


def _numbers(text: str) -> list[float]:
    try:
        found = [float(one) for one in text.split(",")]
    except ValueError:
        found = []
    if not found or not all(abs(one) <= 1000 for one in found):
        raise click.BadParameter(f"give numbers such as -2,0,2, not {text!r}",
                                 param_hint="--amounts")  # fmt: skip
    return found


def _write_codes(path: Path, codes: NDArray[Any], rows: Sequence[dict[str, Any]]) -> None:
    import numpy as np

    from gezhi.kernel.paths import atomic_write

    ending = path.suffix.lower()
    if ending not in (".npy", ".csv"):
        raise InputError(f"{path.name}: codes are written as .npy or .csv")
    with atomic_write(path) as temporary:
        if ending == ".npy":
            with temporary.open("wb") as file:
                np.save(file, codes.astype(np.float32), allow_pickle=False)
            return
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*rows[0], *(f"code_{n}" for n in range(codes.shape[1]))])
        for row, code in zip(rows, codes, strict=True):
            writer.writerow([*row.values(), *(f"{one:.5f}" for one in code)])
        temporary.write_text(text.getvalue(), encoding="utf-8")


@contextmanager
def _rounds_kept() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        words = "stopped: the finished rounds are kept; run the same command again to go on"
        raise Interrupted(words) from None
