"""Where a plugin's package stands: what a plugin in a runner says of it is held against what Python finds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from builders.packages import install

from host.domain.errors import RejectedError
from host.engine.declarations import Declarations
from host.engine.discovery import Found
from host.engine.homes import Home, home_of
from host.engine.plugin import Plugin


@pytest.fixture
def site(tmp_path, monkeypatch) -> Path:
    """A folder that packages are installed in: a package, a module alone, and a namespace shared by two."""
    for folder in ("acme_home/inner", "shared_home/mine", "shared_home/theirs"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "__init__.py").write_text("raise RuntimeError('imported')\n", "utf-8")
    (tmp_path / "acme_home" / "__init__.py").write_text("raise RuntimeError('imported')\n", "utf-8")
    install(tmp_path, "alone_home", code="raise RuntimeError('imported')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def taken(module: str, folder: Path | str | None) -> Path | None:
    """The folder that a plugin of *module* has after it declared *folder*."""
    found = Found(
        id="acme", distribution="acme", version="1", builtin=False, load=lambda: None, module=module
    )
    plugin = Plugin(found=found, remote=True)
    plugin.take(Declarations(package=module, folder=None if folder is None else str(folder)))
    return plugin.folder


OWN = [
    ("acme_home", "acme_home"),
    ("acme_home", "acme_home/inner"),
    ("acme_home.inner", "acme_home/inner"),
    ("acme_home.plugin", "acme_home"),
    ("alone_home", "."),
    ("shared_home.mine", "shared_home/mine"),
    ("shared_home.mine.plugin", "shared_home/mine"),
]
FOREIGN = [
    ("acme_home", "."),
    ("acme_home", "acme_home/.."),
    ("acme_home", "shared_home/mine"),
    ("acme_home", "acme_home/gone"),
    ("acme_home", "acme_home/link"),
    ("acme_home", "/"),
    ("acme_home", "/etc"),
    ("acme_home", "nul\0"),
    ("acme_home", "a" * 4000),
    ("alone_home", "acme_home"),
    ("alone_home", ".."),
    ("shared_home.mine", "shared_home/theirs"),
    ("shared_home.mine", "shared_home"),
    ("nobody_home", "acme_home"),
    ("sys", "."),
    ("", "acme_home"),
]


class TestTheFolderThatIsDeclared:
    @pytest.mark.parametrize(("module", "folder"), OWN, ids=str)
    def test_the_packages_own_is_taken(self, site, module, folder):
        """Where its templates, texts and static files are; a module alone has the folder it stands in."""
        assert taken(module, site / folder) == (site / folder).resolve()

    @pytest.mark.parametrize(("module", "folder"), FOREIGN, ids=lambda text: repr(text[:30]))
    def test_any_other_rejects_the_plugin_with_the_reason(self, site, module, folder):
        """Else it could have the host serve any folder of the machine to anybody."""
        (site / "acme_home" / "link").symlink_to(site / "shared_home")
        with pytest.raises(RejectedError, match="a folder that is not its own package's"):
            taken(module, site / folder)

    def test_none_at_all_is_fine(self, site):
        """There may be no files."""
        assert taken("acme_home", None) is None

    def test_nothing_is_imported_to_know_it(self, site):
        """Its code runs in a runner only."""
        for module, folder in OWN:
            taken(module, site / folder)
        assert not {"acme_home", "alone_home", "shared_home"} & {
            each.partition(".")[0] for each in sys.modules
        }


class TestHomes:
    def test_a_package_installed_to_be_edited_is_found_where_its_source_is(self):
        """Through whatever finder its installer left behind."""
        home = home_of("acme_requests")
        assert [each.name for each in home.folders] == ["acme_requests"]
        assert (home.folders[0] / "__init__.py").is_file()

    @pytest.mark.parametrize("module", ["", "nobody_home", "sys", "..", "acme_home\0"])
    def test_what_stands_nowhere_has_no_home(self, module):
        """And takes no start away."""
        assert home_of(module) == Home()
