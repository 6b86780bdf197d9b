"""`edgewright key`: a pair of keys to sign with, as two files."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from edgewright.commands.printers.visible import visible
from edgewright.commands.reporting import report
from edgewright.commands.signing_key import asked, need_signing
from edgewright.errors import FleetError

_EPILOG = """\b
The password comes from EDGEWRIGHT_KEY_PASSWORD, else COSIGN_PASSWORD, or is asked for on a terminal.
The files are cosign's: `cosign sign --key fleet.key` and `cosign verify --key fleet.pub` take them.
"""


@click.command("key", epilog=_EPILOG)
@click.argument("path", type=click.Path(path_type=Path))
def command(path: Path) -> int:
    """Make a key pair: the private key in PATH, for its owner alone, the public one beside it in *.pub.

    Nothing is overwritten. The public key belongs into the repository, the private one nowhere near it.
    """
    if not path.name:
        raise click.UsageError("PATH names no file, such as fleet.key.")
    need_signing()
    from edgewright.ship.signing.keys import generate, key_file, password_from
    from edgewright.ship.signing.pair import write_pair

    question = "password of the new key (none: anybody with the file can sign)"
    password = password_from(os.environ, lambda: asked(question, twice=True))()
    if password is None:
        raise click.UsageError("There is no password: set EDGEWRIGHT_KEY_PASSWORD; it may be empty.")
    key = generate()
    try:
        public = write_pair(path, key_file(key, password), key.public.pem)
    except FleetError as error:
        report(error.findings, {}, stream=sys.stderr)
        return 1
    click.echo(f"{visible(str(path))}: the private key{'' if password else ', without a password'}")
    click.echo(f"{visible(str(public))}: the public key; name it in security.signatures")
    return 0
