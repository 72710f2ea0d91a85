"""The packages have general names; a library with one of them would hide ours, or be hidden."""

import importlib.util
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from tests.tidy.finding import PACKAGES
from tests.tidy.tree import ROOT

#: `tests` is imported by that name too, by the tests themselves.
NAMES = (*PACKAGES, "tests")


def _find_clashes(names: Iterable[str], folders: Iterable[Path]) -> list[Path]:
    """What in `folders` could be imported by one of `names`: a folder, a module or a compiled module."""
    return [
        found
        for folder in sorted(set(folders))
        for name in names
        for found in sorted({*folder.glob(name), *folder.glob(f"{name}.*")})
        if found.is_dir() or found.suffix in (".py", ".pyc", ".so", ".pyd")
    ]


def test_no_library_has_the_name_of_a_package() -> None:
    """Neither an installed library nor the standard library brings a module of one of our names."""
    folders = [Path(sysconfig.get_path(key)) for key in ("purelib", "platlib", "stdlib")]
    assert _find_clashes(NAMES, folders) == []


def test_our_packages_are_the_ones_imported() -> None:
    """Each name leads into this repository."""
    found = {name: importlib.util.find_spec(name) for name in PACKAGES}
    assert {name: spec and spec.origin for name, spec in found.items()} == {
        name: str(ROOT / name / "__init__.py") for name in PACKAGES
    }


def test_a_clash_is_found(tmp_path: Path) -> None:
    """A folder, a module and a compiled module each count; a library's metadata and longer names do not."""
    (tmp_path / "schemas").mkdir()
    (tmp_path / "services.py").touch()
    (tmp_path / "eventlog.cpython-311.so").touch()
    (tmp_path / "processors.pth").touch()
    (tmp_path / "projections-1.0.dist-info").mkdir()
    clashes = _find_clashes(NAMES, [tmp_path])
    assert sorted(path.name for path in clashes) == ["eventlog.cpython-311.so", "schemas", "services.py"]
