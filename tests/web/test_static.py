"""Static files: their content is in their address, so browsers may keep them for good."""

from __future__ import annotations

import gc
import hashlib
import tracemalloc

import pytest
from builders.plugins import drawing

from host.testing import make_host


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """A host with a plugin that has files."""
    folder = tmp_path_factory.mktemp("files") / "acme"
    (folder / "static" / "deep").mkdir(parents=True)
    (folder / "static" / "a.css").write_text('@import url("deep/b.css");\n.a { color: red }\n', "utf-8")
    (folder / "static" / "deep" / "b.css").write_text(".b { color: blue }\n", "utf-8")
    (folder / "static" / "x.js").write_text("export {};\n", "utf-8")
    (folder / "secret.txt").write_text("secret", "utf-8")
    (folder / "static" / "out.txt").symlink_to(folder / "secret.txt")
    kit = make_host(folder.parent / "host", [drawing("acme", lambda: "x", folder=folder)])
    yield kit
    kit.close()


@pytest.fixture
def address(kit):
    """The address of a file."""
    return kit.app.extensions["tabhost_assets"].url


class TestFiles:
    def test_a_file_comes_without_an_account_and_may_be_kept_for_good(self, kit, address):
        """The sign-in form needs its style sheet."""
        response = kit.anonymous().flask.get(address("host", "mark.svg"))
        assert (response.status_code, response.mimetype) == (200, "image/svg+xml")
        assert "immutable" in response.headers["Cache-Control"]
        assert "max-age=31536000" in response.headers["Cache-Control"]

    def test_the_digest_is_of_the_content(self, kit, address):
        """Another content has another address."""
        response = kit.client().flask.get(address("acme", "x.js"))
        assert f"/{hashlib.sha256(response.data).hexdigest()[:12]}/" in address("acme", "x.js")
        assert response.mimetype == "text/javascript"

    def test_another_digest_is_another_file(self, kit, address):
        """Which is not there."""
        path = address("acme", "x.js").split("/")
        for digest in ("0" * 12, path[3][:-1], path[3].upper() + "x", "-"):
            response = kit.client().flask.get("/".join([*path[:3], digest, *path[4:]]))
            assert response.status_code == 404
            assert "immutable" not in response.headers["Cache-Control"]

    def test_a_style_sheet_comes_with_what_it_imports(self, kit, address):
        """As one file, in the order in which it is written."""
        text = kit.client().get(address("acme", "a.css")).text
        assert "@import" not in text
        assert text.index(".b") < text.index(".a")

    def test_a_browser_that_has_it_is_told_so(self, kit, address):
        """304 by ETag."""
        client = kit.client().flask
        tag = client.get(address("acme", "x.js")).headers["ETag"]
        again = client.get(address("acme", "x.js"), headers={"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")

    def test_a_file_that_is_not_there_is_a_mistake_in_a_template(self, address):
        """It is found when the page is drawn, by name."""
        with pytest.raises(FileNotFoundError, match=r"acme.*gone\.css"):
            address("acme", "gone.css")


OUTSIDE = [
    "../secret.txt",
    "deep/../../secret.txt",
    "%2e%2e/secret.txt",
    "..%2fsecret.txt",
    "%2fetc/passwd",
    "/etc/passwd",
    "out.txt",
    "deep",
    "..\\secret.txt",
    "x.js%00.css",
    "%00",
    "x.js/",
    "a" * 300,
    "a/" * 2000,
]


class TestTraversal:
    @pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: path[:24])
    @pytest.mark.parametrize("owner", ["acme", "host", "nobody", "%2e%2e"])
    def test_nothing_outside_the_folder_is_served(self, kit, owner, path):
        """Whatever the path says: 404, or a redirect to an address that is not there either."""
        digest = hashlib.sha256(b"secret").hexdigest()[:12]
        response = kit.client().flask.get(f"/static/{owner}/{digest}/{path}", follow_redirects=True)
        assert response.status_code == 404
        assert response.data != b"secret"

    def test_asking_for_what_is_not_there_costs_no_memory(self, kit):
        """Anybody can ask, without an account, as often as they like."""
        assets = kit.app.extensions["tabhost_assets"]

        def ask(name: str) -> None:
            for number in range(300):
                assert assets.find("host", f"{name}{number}/{'deep/' * 200}") is None

        def held() -> int:
            gc.collect()
            return tracemalloc.get_traced_memory()[0]

        ask("first")
        tracemalloc.start()
        try:
            before = held()
            ask("second")
            grown = held() - before
        finally:
            tracemalloc.stop()
        assert grown < 100_000

    @pytest.mark.parametrize(
        "path", ["./icons.svg", "css/./tokens.css", "css//tokens.css", "css/../icons.svg"]
    )
    def test_a_file_has_one_name(self, kit, path):
        """Each spelling would be kept in memory, and nobody needs an account to ask."""
        assert kit.app.extensions["tabhost_assets"].find("host", path) is None
