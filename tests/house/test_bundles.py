"""The models that ship are sound, and small enough to ship."""

from gezhi.kernel.registry import list_bundles, shipped_models_folder

LARGEST_BYTES = 40_000_000


def test_every_shipped_bundle_is_sound():
    shipped = [one for one in list_bundles() if one.where == "shipped"]
    assert {one.name: one.error for one in shipped if one.error} == {}
    folder = shipped_models_folder()
    for one in shipped:
        assert one.folder == folder / one.name / one.version
        assert (one.name, one.version) == (one.folder.parent.name, one.folder.name)
    assert "sentiment" in {one.name for one in shipped}


def test_a_shipped_bundle_says_what_it_was_made_from():
    from gezhi.kernel.bundle import read_bundle

    for one in list_bundles():
        training = read_bundle(one.folder).training
        assert {"command", "data", "seed", "licence"} <= training.keys(), one.name


def test_all_shipped_bundles_together_are_small_and_nothing_else_ships():
    folder = shipped_models_folder()
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < LARGEST_BYTES
    known = {
        path for one in list_bundles() if one.where == "shipped" for path in one.folder.iterdir()
    }
    assert set(files) == known
    for one in list_bundles():
        from gezhi.kernel.bundle import read_bundle

        assert {path.name for path in one.folder.iterdir()} == {
            "bundle.json",
            *read_bundle(one.folder).files,
        }
