"""The registry beside the rings: how it is reached, and whether its tags are where stacks/rings.yaml has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from edgewright.errors import Finding

if TYPE_CHECKING:
    from edgewright.commands.rolling.opened import Opened
    from edgewright.plan.promotion import Promotion
    from edgewright.ship.registry import Access

Command = TypeVar("Command", bound=Callable[..., Any])


def registry_options(command: Command) -> Command:
    """Adds --plain-http and --ca-file."""
    kind = click.Path(path_type=Path, exists=True, dir_okay=False)
    ca_file = click.option(
        "--ca-file", type=kind, help="Certificates that are trusted besides the usual ones."
    )
    plain = click.option("--plain-http", is_flag=True, help="Talk to the registry without TLS.")
    return plain(ca_file(command))


def access_of(*, plain_http: bool, ca_file: Path | None) -> Access:
    """How the registry is reached. Raises ClickException where what speaks to registries is not installed."""
    try:
        import cryptography  # noqa: F401

        from edgewright.ship.registry import Access
    except ModuleNotFoundError as error:
        text = f"{error.name} is not installed, which registries and signatures need: "
        raise click.ClickException(f"{text}pip install 'edgewright[publish]'") from None
    return Access(plain_http=plain_http, ca_file=ca_file)


def moved_by_others(opened: Opened, promotions: Sequence[Promotion], access: Access) -> list[Finding]:
    """Rings to be promoted from whose tags are not where they should be: what they prove is something else.

    Raises FleetError (`registry-…`).
    """
    from edgewright.plan.ring_tags import ring_differs
    from edgewright.ship.follow import digest_at, wanted_tags
    from edgewright.ship.registry import Client

    wanted = {(each.class_name, each.ring): each for each in wanted_tags(opened.plan, opened.read.rings)}
    findings: list[Finding] = []
    with Client(access) as client:
        for each in promotions:
            key = (each.planned.name, each.before.name)
            if key in wanted and not each.is_done:
                found = ring_differs(*key, each.rings, digest_at(client, wanted[key]))
                findings += [found] if found else []
    document = opened.read.document
    return [document.locate(each) for each in findings] if document else findings
