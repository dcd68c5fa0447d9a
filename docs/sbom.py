"""Build the bill of materials of a release in CycloneDX: ``make sbom`` writes ``dist/sbom.cdx.json``.

Python packages come from ``requirements.txt``, with their hashes. What is vendored for the browser stands in
no such list: its versions are read from the files themselves, which say who they are.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
VENDORED = {
    "bootstrap": ("bootstrap.min.css", r"Bootstrap\s+v([\d.]+)", "MIT"),
    "htmx.org": ("htmx.min.js", r'this\.version="([\d.]+)"', "0BSD"),
}
"""By name in the npm registry: file, where it says its version, and its licence (SPDX)."""


def main(target: Path) -> None:
    """Write the bill to *target*."""
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(  # noqa: S603 - this Python, and what stands here
        [
            *(sys.executable, "-m", "cyclonedx_py", "requirements", str(ROOT / "requirements.txt")),
            *("--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible"),
            *("--short-PURLs", "--output-format", "JSON", "-o", str(target)),
        ],
        check=True,
    )
    bill: dict[str, Any] = json.loads(target.read_text("utf-8"))
    bill["components"] += [vendored(name) for name in VENDORED]
    target.write_text(json.dumps(bill, indent=2, ensure_ascii=False) + "\n", "utf-8")
    sys.stdout.write(f"{target}: {len(bill['components'])} components\n")


def vendored(name: str) -> dict[str, Any]:
    """One vendored part as a component.

    Raises:
        LookupError: Its file does not say which version it is.
    """
    file, pattern, licence = VENDORED[name]
    (path,) = ROOT.glob(f"host/static/vendor/*/{file}")
    found = re.search(pattern, path.read_text("utf-8"))
    if found is None:
        raise LookupError(f"{path} does not say its version")
    version = found[1]
    return {
        "type": "library",
        "bom-ref": f"vendored-{name}",
        "name": name,
        "version": version,
        "purl": f"pkg:npm/{name}@{version}",
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}],
        "licenses": [{"license": {"id": licence}}],
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist" / "sbom.cdx.json")
