"""Static files have bounds: what stands in a plugin's folder may be anything, and anybody may ask for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from host.web.assets import DEEPEST, LARGEST, Assets
from host.web.owners import make_assets

ANY = "0" * 12


@pytest.fixture
def folder(tmp_path) -> Path:
    """A plugin's static files, with a secret beside them."""
    (tmp_path / "secret.css").write_text(".secret{}", "utf-8")
    (tmp_path / "static").mkdir()
    return tmp_path / "static"


def assets(folder: Path, **options: int) -> Assets:
    """The files of acme in *folder*."""
    return Assets({"acme": folder}, **options)


def sheet(folder: Path, name: str, *imports: str) -> None:
    """A style sheet with a rule of its own name."""
    lines = [f'@import url("{each}");' for each in imports]
    (folder / f"{name}.css").write_text("\n".join([*lines, f".{name} {{}}", ""]), "utf-8")


def text(found: Assets, path: str) -> str:
    """What is served at *path*."""
    asset = found.find("acme", path)
    assert asset is not None
    return asset.body.decode()


class TestImports:
    @pytest.mark.parametrize(
        "name", ["../secret.css", "/etc/passwd", "../../../../../../etc/passwd", "link.css"]
    )
    def test_what_stands_outside_is_not_read_into_a_sheet(self, folder, name):
        """The sheet is not served at all, and whoever draws a page with it reads why."""
        (folder / "link.css").symlink_to(folder.parent / "secret.css")
        sheet(folder, "a", name)
        assert assets(folder).find("acme", "a.css") is None
        with pytest.raises(FileNotFoundError, match=r"a\.css imports .*no file of its folder"):
            assets(folder).url("acme", "a.css")

    def test_a_sheet_is_put_in_once_where_it_is_first_imported(self, folder):
        """However many import it."""
        sheet(folder, "a", "b.css", "c.css")
        sheet(folder, "b", "c.css")
        sheet(folder, "c")
        said = text(assets(folder), "a.css")
        assert [said.count(f".{each} ") for each in "abc"] == [1, 1, 1]
        assert said.index(".c ") < said.index(".b ") < said.index(".a ")

    def test_sheets_that_import_themselves_or_each_other_are_served(self, folder):
        """There is an end to it."""
        sheet(folder, "a", "a.css", "b.css")
        sheet(folder, "b", "a.css", "b.css")
        said = text(assets(folder), "a.css")
        assert (said.count(".a "), said.count(".b ")) == (1, 1)

    def test_sheets_that_import_the_next_one_twice_do_not_explode(self, folder):
        """Two to the power of forty would be a long answer."""
        for number in range(40):
            sheet(folder, f"s{number}", f"s{number + 1}.css", f"s{number + 1}.css")
        sheet(folder, "s40")
        assert assets(folder).find("acme", "s0.css") is None
        assert text(assets(folder), f"s{41 - DEEPEST}.css").count(".s40 ") == 1
        with pytest.raises(FileNotFoundError, match="10 deep"):
            assets(folder).url("acme", f"s{40 - DEEPEST}.css")

    def test_all_that_a_sheet_imports_has_one_bound_together(self, folder):
        """Each of them alone would do."""
        for name in "bcd":
            (folder / f"{name}.css").write_bytes(b" " * (LARGEST // 3))
        sheet(folder, "a", "b.css", "c.css")
        assert assets(folder).find("acme", "a.css")
        sheet(folder, "a", "b.css", "c.css", "d.css")
        with pytest.raises(FileNotFoundError, match="larger than"):
            assets(folder).url("acme", "a.css")

    def test_a_sheet_need_not_be_text(self, folder):
        """It is passed on as it is; the door answers 200 or 404, never 500."""
        (folder / "a.css").write_bytes(b"\xff\xfe.a{}")
        found = assets(folder).find("acme", "a.css")
        assert found is not None
        assert found.body == b"\xff\xfe.a{}"


class TestBounds:
    def test_a_file_above_the_bound_is_not_read(self, folder):
        """A hole of a terabyte would fill any memory."""
        with (folder / "hole.bin").open("wb") as file:
            file.truncate(LARGEST)
        with (folder / "larger.bin").open("wb") as file:
            file.truncate(2**40)
        found = assets(folder)
        assert found.find("acme", "hole.bin")
        assert found.find("acme", "larger.bin") is None
        with pytest.raises(FileNotFoundError, match="larger than"):
            found.url("acme", "larger.bin")

    def test_what_was_asked_for_longest_ago_is_forgotten(self, folder):
        """There is an end to what is remembered; what is asked for again stays."""
        for name in "abc":
            (folder / name).write_bytes(name.encode() * 100)
        found = assets(folder, most=250)
        first = {name: found.find("acme", name) for name in "ab"}
        assert found.find("acme", "a") is first["a"]
        assert found.find("acme", "c")
        assert found.find("acme", "a") is first["a"]
        assert found.find("acme", "b") is not first["b"]
        assert found.find("acme", "b") == first["b"]

    def test_the_hosts_own_files_always_fit(self, folder):
        """Whatever plugins bring."""
        (folder / "big").write_bytes(b"x" * 10_000)
        found = Assets({"host": folder, "acme": folder}, most=5_000)
        own = found.find("host", "big")
        assert found.find("acme", "big")
        assert found.find("host", "big") is own

    def test_a_wrong_digest_keeps_nothing(self, folder):
        """Anybody can ask for all the files there are, with a digest made up."""
        (folder / "a").write_bytes(b"one")
        found = assets(folder)
        assert found.find("acme", "a", ANY) is None
        (folder / "a").write_bytes(b"two")
        asset = found.find("acme", "a")
        assert asset is not None
        assert asset.body == b"two"
        assert found.find("acme", "a", ANY) is None
        assert found.find("acme", "a", asset.digest) is asset

    def test_a_folder_that_is_a_link_to_elsewhere_is_not_served(self, tmp_path):
        """A package that puts one in the place of its own folder would serve any other."""
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / "a.css").write_text(".a{}", "utf-8")
        (tmp_path / "static").symlink_to(tmp_path / "elsewhere")
        assert assets(tmp_path / "static").find("acme", "a.css") is None

    def test_a_folder_may_be_reached_by_a_link(self, folder, tmp_path_factory):
        """A checkout may stand behind one."""
        sheet(folder, "a")
        link = tmp_path_factory.mktemp("link") / "package"
        link.symlink_to(folder.parent)
        assert text(assets(link / "static"), "a.css")

    def test_the_hosts_own_sheet_is_whole(self):
        """Nothing of it is left to import."""
        asset = make_assets([]).find("host", "css/tabhost.css")
        assert asset is not None
        assert b"@import" not in asset.body
