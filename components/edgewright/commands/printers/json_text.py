"""JSON that any parser takes and no terminal obeys."""

from __future__ import annotations

import json
import re

from edgewright.commands.printers.visible import HIDDEN

_SURROGATE = re.compile("[\ud800-\udfff]")


def json_text(value: object) -> str:
    """The value as JSON, indented by two, ending with a newline, with characters beyond ASCII as they are.

    What cannot be seen is escaped, which loses nothing. A lone surrogate becomes U+FFFD: neither UTF-8
    nor strict parsers take one.
    """
    encodable = _SURROGATE.sub("\ufffd", json.dumps(value, indent=2, ensure_ascii=False))
    return HIDDEN.sub(_escaped, encodable) + "\n"


def _escaped(found: re.Match[str]) -> str:
    # The newlines are the indentation's: dumps has escaped those inside of strings.
    return "\n" if found[0] == "\n" else json.dumps(found[0])[1:-1]
