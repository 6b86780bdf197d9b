"""How long each floor takes in `edgewright render`: python floors.py SECONDS ARGUMENT….

The command itself runs, with the arguments given; the doors of the floors are watched from outside, and
the seconds in each go to the file SECONDS as JSON. What is in none of them is the start (the interpreter,
imports) and what lies between the floors: the reader of the file has it from the time of the process.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any, Final

DOORS: Final = {
    "document": (
        "edgewright.assembly.assemble:read_fleet_file",
        "edgewright.assembly.assemble:read_lock_beside",
    ),
    "catalogue": ("edgewright.assembly.assemble:read_catalogue",),
    "fleet": ("edgewright.fleet:read_fleet",),
    "inventory": ("edgewright.assembly.devices:count_devices",),
    "plan": ("edgewright.plan:build_plan",),
    "render": ("edgewright.render:render", "edgewright.render:not_rendered_yet"),
    "scan": ("edgewright.assembly.assemble:scan_manifests",),
    "places": ("edgewright.assembly.assemble:apply_waivers",),
    "emit": ("edgewright.render:files_of",),
    "write": ("edgewright.ship.folder:write_folder",),
}
"""Floor ⇒ its doors, each as the module in which its caller looks it up, and its name there."""


class Watch:
    """Seconds by floor. A floor inside another one counts for itself only."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(DOORS, 0.0)
        self.open: list[str] = []
        self.since = 0.0

    def turn(self, floor: str | None) -> None:
        """Enter a floor, or leave the last one with None."""
        now = perf_counter()
        if self.open:
            self.seconds[self.open[-1]] += now - self.since
        self.since = now
        if floor is None:
            self.open.pop()
        else:
            self.open.append(floor)

    def door(self, floor: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, watched; what it yields is drawn inside."""

        def watched(*arguments: Any, **named: Any) -> Any:
            self.turn(floor)
            try:
                value = function(*arguments, **named)
                return list(value) if isinstance(value, Iterator) else value
            finally:
                self.turn(None)

        return watched


def main(seconds: Path, arguments: list[str]) -> int:
    watch = Watch()
    for floor, doors in DOORS.items():
        for door in doors:
            module, _, name = door.partition(":")
            home = import_module(module)
            setattr(home, name, watch.door(floor, getattr(home, name)))
    code: int = import_module("edgewright.commands.main").main(arguments)
    seconds.write_text(json.dumps(watch.seconds))
    return code


sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
