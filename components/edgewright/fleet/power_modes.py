"""Power modes: whether the board has the one that a class names, with the JetPack that it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from edgewright.catalogue import Board, PowerMode
from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet.device_class import DeviceClass
from edgewright.fleet.scope import Scope, contradiction
from edgewright.fleet.wording import scalar, shown
from edgewright.fleet.words import Words, sure


def power_mode_findings(device_class: DeviceClass, path: FieldPath, scope: Scope) -> Iterator[Finding]:
    """A mode that the board has not, or only with another JetPack; or one of a host, which has none."""
    mode, board = device_class.power_mode, device_class.board
    if mode is None:
        return
    if board is not None and board in scope.catalogue.boards:
        jetpack, known = device_class.software.jetpack, scope.catalogue.boards[board]
        modes = scope.catalogue.power_modes_of(known, jetpack)
        if mode in modes:
            return
        if jetpack is not None and mode in known.power_modes:
            yield _of_another_jetpack(mode, known, jetpack, modes, path)
        else:
            yield _of_no_jetpack(mode, known, modes, path)
    elif board is None and device_class.host is not None and not scope.is_written((*path, "board")):
        yield contradiction(
            "a composed host has no power modes that the catalogue knows",
            "remove `powerMode`, or name a board",
            (*path, "powerMode"),
            on_key=True,
        )


def _of_another_jetpack(
    mode: str, board: Board, jetpack: str, modes: Mapping[str, PowerMode], path: FieldPath
) -> Finding:
    starts = board.power_modes[mode].jetpack_from
    return Finding(
        "power-mode-unknown",
        "error",
        f"{board.title} has no power mode `{mode}` with JetPack {jetpack}: it came with {', '.join(starts)}",
        f"write {_one_of(modes)}, or update its JetPack",
        (*path, "powerMode"),
        notes=(Note("its JetPack", path=(*path, "software", "jetpack")),),
        waivable=False,
    )


def _of_no_jetpack(mode: str, board: Board, modes: Mapping[str, PowerMode], path: FieldPath) -> Finding:
    meant = Words(modes).nearest(mode)
    replacement = meant if meant and sure(mode, meant) else None
    remedy = f"write {_one_of(modes)}" if modes else "remove it: this board has no power modes"
    return Finding(
        "power-mode-unknown",
        "error",
        f"{board.title} has no power mode {shown(mode)}" + (f"; did you mean `{meant}`?" if meant else ""),
        f"write `{replacement}`" if replacement else remedy,
        (*path, "powerMode"),
        notes=(Note("the board", path=(*path, "board")),),
        replacement=scalar(replacement) if replacement else None,
        waivable=False,
    )


def _one_of(modes: Mapping[str, PowerMode]) -> str:
    return ("one of " if len(modes) > 1 else "") + ", ".join(f"`{each}`" for each in modes)
