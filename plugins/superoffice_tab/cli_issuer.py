"""``tabhost licence``: the issuer's side of licence files, and a look into any of them."""

from __future__ import annotations

from pathlib import Path

import click

from host.api import current_host

from .domain.envelope import LARGEST_FILE
from .services import inspecting, issuing
from .services.files import read_bytes
from .services.roots import pinned

PATH = click.Path(path_type=Path)


@click.group(help="Make and check licence files (the issuer's side).")
def licence() -> None:
    """The group."""


@licence.command("keygen")
@click.argument("stem", type=PATH)
def keygen(stem: Path) -> None:
    """Make a key pair: STEM.private.jwk, which only you can read, and STEM.public.jwk.

    Make one for the root, whose public half installations pin, and one for each owner.
    """
    made = issuing.make_keys(stem)
    click.echo(f"Private key: {made.private} (keep it secret)")
    click.echo(f"Public key:  {made.public}")
    click.echo(f"Thumbprint:  {made.thumbprint}")


@licence.command("sign")
@click.argument("claims", type=PATH)
@click.argument("target", type=PATH)
@click.option("--root-key", type=PATH, required=True, help="Private JWK of the root.")
@click.option("--owner-key", type=PATH, required=True, help="Private JWK of the owner.")
@click.option(
    "--owner-key-days",
    type=click.IntRange(1, 36_500),
    default=730,
    show_default=True,
    help="For how many days the root vouches for the owner's key.",
)
def sign(claims: Path, target: Path, root_key: Path, owner_key: Path, owner_key_days: int) -> None:
    """Sign the claims in the JSON file CLAIMS into the licence file TARGET."""
    signed = issuing.sign_file(
        claims,
        root_key=root_key,
        owner_key=owner_key,
        owner_key_days=owner_key_days,
        target=target,
        clock=current_host.clock,
    )
    click.echo(f"{target}: set {signed.seq} of {signed.issuer} for serial number {signed.audience}")


@licence.command("inspect")
@click.argument("file", type=PATH)
@click.option("--roots", type=PATH, help="Root keys to check against; without, those of this installation.")
def inspect(file: Path, roots: Path | None) -> None:
    """Explain FILE in plain words, whatever it is."""
    content = read_bytes(file, LARGEST_FILE)
    keys = pinned(roots or current_host.settings["root_keys"])
    click.echo(f"File: {file}")
    for line in inspecting.explain(
        content, keys, timezone=current_host.installation_timezone, clock=current_host.clock
    ):
        click.echo(line)


@licence.command("verify")
@click.argument("file", type=PATH)
@click.option("--roots", type=PATH, help="Root keys to check against; without, those of this installation.")
def verify(file: Path, roots: Path | None) -> None:
    """Check FILE against root keys; exit status 2 if it is not good."""
    content = read_bytes(file, LARGEST_FILE)
    keys = pinned(roots or current_host.settings["root_keys"])
    claims = inspecting.check(
        content, keys, source=str(file), timezone=current_host.installation_timezone, clock=current_host.clock
    )
    click.echo(f"{file}: good. Set {claims.seq} of {claims.issuer} for serial number {claims.audience}.")
