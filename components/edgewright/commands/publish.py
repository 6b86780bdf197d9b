"""`edgewright publish`: pushes and signs everything that a fleet ships and its registry lacks."""

from __future__ import annotations

from pathlib import Path

import click

from edgewright.commands.reporting import fleet_argument, form_option, report_options
from edgewright.commands.rolling.opened import opened_from, rings_option
from edgewright.commands.rolling.registry import access_of, registry_options

_EPILOG = """\b
The password of a key comes from EDGEWRIGHT_KEY_PASSWORD, or is asked for on a terminal.
Interrupted, it is run again: what is there does not travel twice.
"""


@click.command("publish", epilog=_EPILOG)
@fleet_argument
@click.option(
    "--key",
    "keys",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A private key to sign with; while keys change, the old one and the new one.",
)
@click.option(
    "--old-key",
    "old_keys",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A key that signs too and that fleet.yaml no longer names, for devices that still run the rules of before.",
)
@click.option(
    "--leave-behind",
    is_flag=True,
    help="Move tags also to what devices of the ring will not take, because no key that they trust has signed it.",
)
@click.option("--keyless", is_flag=True, help="Sign with the identity that the CI vouches for.")
@click.option(
    "--identity-token",
    envvar="SIGSTORE_ID_TOKEN",
    help="With --keyless: the token of that identity, where the CI is none that is known; better in SIGSTORE_ID_TOKEN.",
)
@click.option("--dry-run", is_flag=True, help="Say what would travel, and change nothing.")
@click.option("--offline", is_flag=True, help="With --dry-run: do not ask the registry what it has.")
@click.option(
    "--images",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder of OCI layouts, one for each image.  [default: build/images beside FILE]",
)
@form_option
@rings_option
@registry_options
@report_options
def command(
    file: Path,
    keys: tuple[Path, ...],
    old_keys: tuple[Path, ...],
    leave_behind: bool,
    keyless: bool,
    identity_token: str | None,
    dry_run: bool,
    offline: bool,
    images: Path | None,
    form: str,
    rings_file: Path | None,
    plain_http: bool,
    ca_file: Path | None,
    strict: bool,
    verbose: bool,
) -> int:
    """Push and sign whatever the registry lacks of what the fleet ships.

    Models, images, node files and policies go first, the manifests that name them last; then each ring's tag
    follows stacks/rings.yaml. What is not in fleet.lock is not published, and nothing without a signature that
    security.signatures asks for.
    """
    if offline and not dry_run:
        raise click.UsageError("--offline goes with --dry-run: nothing can be published offline.")
    opened = opened_from(file, rings_file, strict=strict, verbose=verbose, unlocked=False)
    if opened is None:
        click.echo("nothing was published", err=True)
        return 1
    access = access_of(plain_http=plain_http, ca_file=ca_file)
    from edgewright.commands.publishing.publishing import Asked, publish_opened

    asked = Asked(
        file,
        images,
        keys,
        old_keys,
        leave_behind,
        keyless,
        identity_token,
        None if offline else access,
        dry_run,
        form,
        strict,
        verbose,
    )
    return publish_opened(opened, asked)
