"""Sets of SUPEROFFICE that follow the demo's: signed with its own keys, as its owner would send them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from builders.demo import DemoServer


def next_set(server: DemoServer, seq: int, totals: Mapping[str, int | None], **more: Any) -> Path:
    """A licence file like the demo's first, but for some numbers.

    Args:
        seq: Its number.
        totals: Code name → how many were bought now; None to leave the licence out.
        more: Other fields of ``licence``.

    Returns:
        Where the file stands.
    """
    folder = server.data / "demo" / "superoffice_tab"
    claims = json.loads((folder / "claims.json").read_text(encoding="utf-8"))
    licences = claims["licence"]["ModuleLicenses"]
    for each in licences:
        each["NumberOfLicenses"] = totals.get(each["ModuleName"], each["NumberOfLicenses"])
    kept = [each for each in licences if each["NumberOfLicenses"] is not None]
    claims["licence"] |= {"ModuleLicenses": kept, **more}
    claims["seq"] = seq
    source, target = folder / f"claims-{seq}.json", folder / f"set-{seq}.lic"
    source.write_text(json.dumps(claims), encoding="utf-8")
    keys = [f"--{each}-key={folder / each}.private.jwk" for each in ("root", "owner")]
    done = server.run("licence", "sign", str(source), str(target), *keys)
    assert done.exit_code == 0, done.stderr
    return target
