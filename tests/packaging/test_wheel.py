"""The built wheel in an empty environment, outside the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from builders.demo import serve_demo

pytestmark = [pytest.mark.packaging, pytest.mark.xdist_group("packaging")]

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "plugins" / "sample_thirdparty"
OWN_UV = ROOT / ".venv-uv" / "bin" / "uv"


def build(source: Path, target: Path) -> Path:
    """The wheel of *source*."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    return next(target.glob("*.whl"))


def wheel_of_a_failing_plugin(folder: Path) -> Path:
    """A package whose import raises, made by hand: a wheel is a zip file."""
    path = folder / "broken_tab-1.0-py3-none-any.whl"
    info = "broken_tab-1.0.dist-info"
    files = {
        "broken_tab.py": "raise RuntimeError('the vendor forgot something')\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: broken-tab\nVersion: 1.0\nRequires-Dist: tabhost\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[tabhost.plugins]\nbroken_tab = broken_tab\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(name, text)
    return path


@dataclass
class Environment:
    """A Python environment with the wheel and nothing of the checkout."""

    folder: Path

    @property
    def command(self) -> str:
        """Its ``tabhost``."""
        return str(self.folder / "bin" / "tabhost")

    def install(self, *arguments: str) -> None:
        """Install something."""
        uv = shutil.which("uv") or (str(OWN_UV) if OWN_UV.exists() else None)
        python = str(self.folder / "bin" / "python")
        pip = (
            [uv, "pip", "install", "--quiet", "--python", python]
            if uv
            else [python, "-m", "pip", "install", "-q"]
        )
        subprocess.run([*pip, *arguments], check=True, cwd="/")

    def uninstall(self, name: str) -> None:
        """Remove a package."""
        python = str(self.folder / "bin" / "python")
        subprocess.run([python, "-m", "pip", "uninstall", "-q", "-y", name], check=True, cwd="/")

    def plugins(self, data: Path) -> dict[str, dict[str, str]]:
        """What ``tabhost plugins list --json`` says, by id."""
        done = subprocess.run(
            [self.command, "plugins", "list", "--json"],
            env={**os.environ, "TABHOST_DATA": str(data)},
            capture_output=True,
            text=True,
            check=True,
            cwd="/",
        )
        return {each["id"]: each for each in json.loads(done.stdout)}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product's wheel."""
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An empty environment with the wheel installed."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    environment = Environment(folder)
    environment.install("--require-hashes", "-r", str(ROOT / "requirements.txt"))
    environment.install("--no-deps", str(wheel))
    return environment


def screen(environment: Environment, folder: Path) -> dict[str, str]:
    """The pages of a served demo by path."""
    folder.mkdir()
    with (
        serve_demo(folder, environment.command) as server,
        httpx.Client(follow_redirects=True, timeout=60) as client,
    ):
        client.get(server.link).raise_for_status()
        paths = (
            "/tabs/status_tab/status/",
            "/tabs/superoffice_tab/superoffice/",
            "/tabs/acme_requests/requests/",
        )
        answers = {path: client.get(server.address + path) for path in paths}
        return {path: answer.text for path, answer in answers.items() if answer.status_code == 200}


def test_the_wheel_holds_what_the_screen_needs(wheel: Path):
    """Templates, catalogues, static files and migrations are in it; tests and the sample are not."""
    names = set(zipfile.ZipFile(wheel).namelist())
    for needed in (
        "host/templates/base.html",
        "host/static/css/tabhost.css",
        "host/static/vendor/bootstrap/LICENSE",
        "host/translations/da/LC_MESSAGES/messages.po",
        "host/storage/migrations/versions/0001_first.py",
        "superoffice_tab/translations/da/LC_MESSAGES/messages.po",
        "status_tab/api.py",
        "host/py.typed",
    ):
        assert needed in names
    assert not [
        name for name in names if name.startswith(("tests/", "plugins/", "templates/", "acme_requests/"))
    ]


def test_the_screen_is_the_same_outside_the_checkout(environment: Environment, tmp_path: Path):
    """The wheel and ``tabhost serve --demo`` give the two built-in tabs with the demo's numbers."""
    pages = screen(environment, tmp_path / "first")
    assert set(pages) == {"/tabs/status_tab/status/", "/tabs/superoffice_tab/superoffice/"}
    assert "Example Trading AS" in pages["/tabs/status_tab/status/"]
    assert "Sales Premium" in pages["/tabs/superoffice_tab/superoffice/"]


def test_packages_come_and_go_and_the_rest_stays_the_same(environment: Environment, tmp_path: Path):
    """The sample brings a tab and takes it along; a package that cannot be imported is rejected."""
    environment.install("--no-deps", str(build(SAMPLE, tmp_path / "sample")))
    environment.install("--no-deps", str(wheel_of_a_failing_plugin(tmp_path)))
    listed = environment.plugins(tmp_path / "data")
    assert listed["acme_requests"]["state"] == "serving"
    assert listed["broken_tab"]["state"] == "rejected"
    assert "the vendor forgot something" in listed["broken_tab"]["reason"]
    assert len(screen(environment, tmp_path / "with")) == 3
    environment.uninstall("tabhost-acme-requests")
    assert "acme_requests" not in environment.plugins(tmp_path / "data")
    assert len(screen(environment, tmp_path / "without")) == 2
    environment.uninstall("broken-tab")
