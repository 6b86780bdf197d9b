"""JSON as a person reads it in a pull request.

The bytes are those of `json.dumps(value, indent=2, ensure_ascii=False)`, whose indentation is generators
inside generators; this takes a third of the time, and every workload has a configuration to write.
"""

from __future__ import annotations

from json import JSONEncoder
from json.encoder import encode_basestring
from typing import Any, Final

one_line: Final = JSONEncoder(ensure_ascii=False).encode
"""The value as JSON on one line. `json.dumps` makes an encoder for each call; this one is kept."""


def indented(value: Any, pad: str = "") -> str:
    """The value as JSON, each entry on a line of its own; all lines but the first begin with `pad`.

    Keys are text. Raises TypeError for what JSON has no form for.
    """
    kind = type(value)
    if kind is str:
        return encode_basestring(value)
    inner = pad + "  "
    if kind is dict and value:
        entries = [f"{inner}{encode_basestring(key)}: {indented(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(entries) + f"\n{pad}}}"
    if kind is list and value:
        items = [inner + indented(item, inner) for item in value]
        return "[\n" + ",\n".join(items) + f"\n{pad}]"
    return one_line(value)
