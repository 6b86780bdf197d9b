"""`edgewright`: finds the command that was asked for and imports only that one."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any, Final

import click

COMMANDS: Final = {
    "init": "Write a fleet.yaml to start from.",
    "import": "Draft a fleet.yaml out of manifests that run today.",
    "check": "Say everything that is wrong with a fleet.",
    "plan": "Show what fits, what was chosen and why, and when a promotion reaches whom.",
    "render": "Write the manifests of every device class into a folder.",
    "compare": "Say object by object how a folder differs from the fleet.",
    "publish": "Push and sign whatever the registry lacks of what the fleet ships.",
    "verify": "Check every digest and signature against the registry.",
    "promote": "Let the next ring run what the one before it has proven.",
    "rollback": "Let a ring run again what it ran before.",
    "status": "Compare what each ring should run with the registry.",
    "test": "Ask the real Kyverno whether the policies refuse what they should.",
    "enrol": "Write what one device is set up with: K3s, its platform, its ring.",
    "key": "Make a pair of keys to sign with.",
    "sign": "Sign the models of a fleet, for the lock to put the signatures into their artifacts.",
    "model": "Quantise models, evaluate them, look into one.",
    "lock": "Pin digests, sizes, shapes and metrics of models in fleet.lock.",
    "image": "Build the images of the inference server.",
    "schema": "Print the JSON Schema of fleet.yaml, for editors.",
    "explain": "Show what a field of fleet.yaml or a rule of a finding means.",
    "catalogue": "Show what is known of hardware and software, with its sources.",
    "tools": "Show which programs are here that are not Python's, and what is missing for what.",
    "completion": "Print the completion script of a shell.",
}
"""Command ⇒ what it does, in the order in which a newcomer needs them; each has its file here."""


class _Commands(click.Group):
    """Imports a command's file when it is called: help and completion stay fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"edgewright.commands.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(args[0], COMMANDS, 1)
            meant = f" Did you mean `{close[0]}`?" if close else ""
            ctx.fail(f"There is no command `{args[0]}`.{meant}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


_EPILOG: Final = """\b
A way to begin:
  edgewright init                write a fleet.yaml
  edgewright check               see what is wrong with it
  edgewright lock                pin the models it names
  edgewright render --out out    write the manifests
"""


@click.command(
    cls=_Commands,
    invoke_without_command=True,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="edgewright", message="edgewright %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Turns one fleet.yaml into K3s manifests, Kyverno policies and OCI artifacts for an edge-AI fleet.

    Exit codes: 0 nothing is wrong, 1 there are findings, 2 the command was not used right.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit code. Nothing that a user can do ends in a traceback."""
    _prepare_streams()
    try:
        result = cli.main(args=arguments, prog_name="edgewright", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except SystemExit as stop:  # whoever read our output has stopped reading, and click has seen to the rest
        return int(stop.code or 0)
    except click.ClickException as misuse:
        misuse.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted; nothing was left half-done")
        return 130
    except OSError as error:  # files have findings of their own: this is the terminal, or what stands for it
        _say(f"{error.filename or 'the output'} cannot be written: {(error.strerror or str(error)).lower()}")
        return 1
    return result if isinstance(result, int) else 0


def _prepare_streams() -> None:
    """Output is the same bytes whatever the locale; a stream that was closed takes it and forgets."""
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - it stays open
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _say(text: str) -> None:
    with suppress(OSError):
        click.echo(text, err=True)
