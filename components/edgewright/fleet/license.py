"""What a model may be used for, in SPDX's words."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from edgewright.fleet.wording import shown

_LONGEST: Final = 200
_WRITTEN: Final = r"[0-9A-Za-z.+() -]+"


def _license(text: str) -> str:
    """The expression in SPDX's own spelling."""
    if found := _known(text):
        return found
    context = {
        "message": f"{shown(text)} is no SPDX license expression",
        "remedy": "write an identifier of spdx.org/licenses such as `Apache-2.0`, several of them with AND or OR, "
        "or `LicenseRef-` and a name of your own",
    }
    if meant := _known("-".join(text.split())):  # Apache 2.0
        context |= {"remedy": f"write `{meant}`", "replacement": meant}
    raise PydanticCustomError("bad-license", "{message}", context)


def _known(text: str) -> str:
    from packaging.licenses import (
        InvalidLicenseExpression,
        canonicalize_license_expression,
    )  # late: a long list

    if len(text) > _LONGEST or not re.fullmatch(_WRITTEN, text):
        return ""
    try:
        return canonicalize_license_expression(text)
    except InvalidLicenseExpression:
        return ""


_SCHEMA: Final[dict[str, Any]] = {
    "description": "An SPDX license expression: identifiers of spdx.org/licenses or `LicenseRef-` and a name, "
    "joined by AND, OR and WITH.",
    "type": "string",
    "pattern": f"^{_WRITTEN}$",
    "maxLength": _LONGEST,
}

License = Annotated[str, AfterValidator(_license), WithJsonSchema(_SCHEMA), Field(title="license expression")]
"""An SPDX license expression. Source: SPDX 2.3, annex D."""
