"""`edgewright schema`: the JSON Schema of fleet.yaml, for editors and for programs that write fleets."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from edgewright.commands.reporting import report
from edgewright.errors import FleetError

_EPILOG = """\b
An editor that knows YAML (VS Code with the YAML extension, IntelliJ, Neovim, …) completes and checks
fleet.yaml while you type, once the file is there and fleet.yaml names it in a comment:
  edgewright schema --out fleet.schema.json
  # yaml-language-server: $schema=fleet.schema.json
"""


@click.command("schema", epilog=_EPILOG)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it to a file instead.")
def command(out: Path | None) -> int:
    """Print the JSON Schema (2020-12) of fleet.yaml.

    It has the names of the built-in catalogue. What no schema can say (that a name leads somewhere,
    that a model fits) `edgewright check` says.
    """
    import json

    from edgewright.catalogue import load
    from edgewright.fleet.json_schema import json_schema

    text = json.dumps(json_schema(load()), indent=2, ensure_ascii=False) + "\n"
    if out is None:
        click.echo(text, nl=False)
        return 0
    from edgewright.ship.file import write_file

    try:
        write_file(out, text)
    except FleetError as error:
        report(error.findings, {}, stream=sys.stderr)
        return 1
    click.echo(f"wrote {out}", err=True)
    return 0
