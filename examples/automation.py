"""A fleet through Pulumi's Automation API: preview, what it found, then up, with progress on the way.

    python examples/automation.py dev              # shows what would change
    python examples/automation.py dev --yes        # and changes it

The backend is the one that Pulumi is logged in to, or PULUMI_BACKEND_URL.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pulumi import automation

from edgewright.errors import Finding
from edgewright.ship.tools import find_tool

PROJECT = Path(__file__).resolve().parents[1]


def show(event: automation.events.EngineEvent) -> None:
    """A line for each resource that was changed, and for each thing that was found."""
    if event.res_outputs_event:
        metadata = event.res_outputs_event.metadata
        if metadata.op != automation.OpType.SAME:
            print(f"  {metadata.op.value:<8} {metadata.urn.rpartition('::')[2]}")
    elif event.diagnostic_event and event.diagnostic_event.severity in ("warning", "error"):
        print(f"  {event.diagnostic_event.severity}: {event.diagnostic_event.message.strip()}")


def main(name: str, *, changes: bool) -> int:
    """0 where all went well, 1 where something is wrong."""
    cli = find_tool("pulumi")
    if isinstance(cli, Finding):
        print(f"{cli.level}[{cli.rule}]: {cli.message}\n  help: {cli.remedy}", file=sys.stderr)
        return 1
    stack = automation.create_or_select_stack(name, work_dir=str(PROJECT))
    try:
        print("preview")
        stack.preview(on_event=show)
        if changes:
            print("up")
            result = stack.up(on_event=show)
            print(f"changed: {result.summary.resource_changes}")
    except automation.CommandError:
        return 1  # the events have told why
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], changes="--yes" in sys.argv[2:]))
