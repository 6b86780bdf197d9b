"""`edgewright compare`: object by object, how a folder differs from what the fleet says, and why."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgewright.commands.reporting import assembled_from, exit_code, fleet_argument, report, report_options
from edgewright.errors import FieldPath, Finding, FleetError, path_text

if TYPE_CHECKING:
    from edgewright.assembly import Assembled
    from edgewright.scan.difference import Change, Located
    from edgewright.ship.folder import Owned


@click.command("compare")
@click.argument("folder", type=click.Path(path_type=Path))
@fleet_argument
@report_options
def command(folder: Path, file: Path, strict: bool, verbose: bool) -> int:
    """Say object by object how FOLDER differs from what FILE (fleet.yaml by default) says.

    Order, formatting and comments never count. Exit code 0 where nothing differs, 1 where something does.
    """
    from edgewright.scan.difference import difference
    from edgewright.ship.folder import read_folder

    if not _is_folder(folder):
        raise click.UsageError(f"there is no folder {folder}")
    assembled = assembled_from(file)
    if assembled.findings:
        report(assembled.findings, assembled.sources, verbose=verbose, strict=strict, stream=sys.stderr)
    if exit_code(assembled.findings, strict=strict) or assembled.plan is None:
        click.echo(f"{folder} was not compared", err=True)
        return 1
    try:
        owned = read_folder(folder)
        old = _objects(folder, owned)
    except FleetError as error:
        report(error.findings, {}, stream=sys.stderr)
        return 1
    changes = difference(old, [(each.path, each.body) for each in assembled.manifests])
    for line in _lines(changes, assembled, owned):
        click.echo(line)
    beside = [*_nodes(assembled, owned), *_beside(folder, owned, assembled)]
    for line in beside:
        click.echo(line)
    total = len(assembled.manifests)
    objects = f"{len(changes)} object{'s' if len(changes) > 1 else ''}"
    click.echo(f"{objects} of {total} differ" if changes else f"nothing differs in {total} objects")
    return int(bool(changes) or bool(beside))


def _is_folder(folder: Path) -> bool:
    try:
        return folder.is_dir()
    except (OSError, ValueError):
        return False


def _lines(changes: list[Change], assembled: Assembled, owned: Owned) -> Iterator[str]:
    """Each change with its fields, and why: the field of the fleet, or a hand that was in the folder."""
    from edgewright.scan.explanation import explain

    origins = {
        (each.path, each.body["kind"], each.body["metadata"]["name"]): each.origin
        for each in assembled.manifests
    }
    for change in changes:
        yield from explain(change)
        if change.old_path in owned.edited:
            yield f"  {change.old_path} was edited by hand"
        elif change.kind == "added" and change.new_path in owned.missing:
            yield f"  {change.new_path} was removed by hand"
        origin = origins.get((change.new_path or "", change.identity.kind, change.identity.name))
        if origin is not None:
            yield _from(origin, assembled)


def _from(origin: FieldPath, assembled: Assembled) -> str:
    place = assembled.document.place(origin) if assembled.document else None
    where = f" ({place.file}:{place.line}:{place.column})" if place else ""
    return f"  from {path_text(origin)}{where}"


def _nodes(assembled: Assembled, owned: Owned) -> Iterator[str]:
    """Each node file that differs, how, whose hand it was, and the field that it comes from."""
    from edgewright.render import is_node_file, node_files
    from edgewright.scan.node_difference import node_difference

    assert assembled.plan is not None
    wanted = {each.path: each for each in node_files(assembled.plan)} if assembled.manifests else {}
    there = {path: raw.decode("utf-8", "replace") for path, raw in owned.files.items() if is_node_file(path)}
    for change in node_difference(there, {path: each.text for path, each in wanted.items()}):
        yield f"{change.kind} {change.path}"
        yield from (f"  {line}" for line in change.lines)
        if change.path in owned.edited:
            yield f"  {change.path} was edited by hand"
        elif change.path in owned.missing:
            yield f"  {change.path} was removed by hand"
        if change.path in wanted:
            yield _from(wanted[change.path].origin, assembled)


def _beside(folder: Path, owned: Owned, assembled: Assembled) -> list[str]:
    """What differs and is neither object nor node file: indexes, and files that lack or hold nothing."""
    from edgewright.render import files_of, is_node_file

    def told(path: str) -> bool:
        return path.endswith(".yaml") or is_node_file(path)

    lines = [f"{path} was removed by hand" for path in owned.missing if not told(path)]
    if assembled.plan is None:
        return lines
    for path, text in files_of(assembled.plan, assembled.manifests).items():
        if not told(path) and path not in owned.missing and owned.files.get(path) != text.encode():
            edited = " and was edited by hand" if path in owned.edited else ""
            lines.append(f"changed {folder / path}: it says of what and whence the objects are{edited}")
    return lines


def _objects(folder: Path, owned: Owned) -> list[Located]:
    """The objects of every file that was rendered, possibly edited since. Raises FleetError."""
    from edgewright.render import is_node_file

    if not owned.files and not owned.missing:
        remedy = "name a folder that `edgewright render --out` wrote"
        raise FleetError(
            [Finding("no-rendering", "error", f"{folder} holds nothing that was rendered", remedy)]
        )
    findings: list[Finding] = []
    old: list[Located] = []
    for path, raw in owned.files.items():
        if path.endswith(".yaml") and not is_node_file(path):
            try:
                old += _parsed(path, raw, edited=path in owned.edited)
            except FleetError as error:
                findings += error.findings
    if findings:
        raise FleetError(findings)
    return old


def _parsed(path: str, raw: bytes, *, edited: bool) -> list[tuple[str, dict[str, Any]]]:
    """The objects of one file. Raises FleetError where it is no rendered YAML any more."""
    import yaml

    try:
        if edited and any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(raw, yaml.CLoader)):
            raise FleetError([_unreadable(path, "it has aliases, which no rendering has")])
        documents = [each for each in yaml.load_all(raw, yaml.CSafeLoader) if each is not None]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).splitlines() or ["it cannot be read"]
        raise FleetError([_unreadable(path, reason[0])]) from None
    if not all(isinstance(each, dict) for each in documents):
        raise FleetError([_unreadable(path, "what stands in it is no object")])
    return [(path, each) for each in documents]


def _unreadable(path: str, problem: str) -> Finding:
    return Finding(
        "no-rendering", "error", f"{path} is no rendered YAML any more: {problem}", "render it anew"
    )
