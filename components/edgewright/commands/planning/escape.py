"""Text of somebody's for HTML and Markdown: shown, and never taken for markup."""

from __future__ import annotations

import html
import re

from edgewright.commands.printers.visible import visible

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#!|~&$]|:(?=//)|(?<=www)\.)")


def in_html(text: str) -> str:
    """The text for an element or a quoted attribute."""
    return html.escape(visible(text))


def in_markdown(text: str) -> str:
    """The text on one line; what stands between two backticks is shown as code, as messages mean it."""
    parts = visible(text).split("`")
    if len(parts) % 2 == 0:  # one backtick without another
        return _plain(visible(text))
    return "".join(code(part) if index % 2 else _plain(part) for index, part in enumerate(parts))


def code(text: str) -> str:
    """The text as code, also in a cell of a table."""
    shown = visible(text).replace("`", "'").replace("|", "\\|")
    if not shown.strip():
        return "\\`\\`"
    return f"`{shown}`"


def _plain(text: str) -> str:
    # A comment between the sign and the name: nobody is called who has such a name.
    return _MARKUP.sub(r"\\\1", text).replace("@", "@<!-- -->")
