"""`edgewright completion`: the script that teaches a shell our commands and options."""

from __future__ import annotations

import click

_EPILOG = """\b
For this shell only:
  source <(edgewright completion bash)
For every shell, in its start file:
  ~/.bashrc      source <(edgewright completion bash)
  ~/.zshrc       source <(edgewright completion zsh)     (behind compinit)
  config.fish    edgewright completion fish | source
"""


@click.command("completion", epilog=_EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of SHELL, to be read by it."""
    from click.shell_completion import ShellComplete, get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    root = click.get_current_context().find_root().command
    script = kind(root, {}, "edgewright", "_EDGEWRIGHT_COMPLETE")
    # Not script.source(): for bash that runs a bash, only to learn its version.
    click.echo(ShellComplete.source(script), nl=False)
