"""Licences: SPDX's expressions in SPDX's spelling, and what was meant where it is none."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from edgewright.fleet import Model


def model(license: Any) -> Model:
    return Model(version="1.0.0", source="model.onnx", license=license)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Apache-2.0", "Apache-2.0"),
        ("apache-2.0", "Apache-2.0"),
        ("MIT OR Apache-2.0", "MIT OR Apache-2.0"),
        ("(MIT and BSD-3-Clause) or LicenseRef-acme", "(MIT AND BSD-3-Clause) OR LicenseRef-acme"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
        (None, None),
    ],
)
def test_what_spdx_knows(written: str | None, kept: str | None) -> None:
    assert model(written).license == kept


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Apache 2.0", "Apache-2.0"),
        ("BSD 3 Clause", "BSD-3-Clause"),
        ("proprietary", None),
        ("MIT AND", None),
        ("(MIT", None),
        ("", None),
        ("MIT\n", "MIT"),
        ("M\u0406T", None),
        ("(" * 99 + "MIT" + ")" * 99, None),
        ("MIT OR " * 40 + "MIT", None),
    ],
)
def test_what_spdx_does_not_know(written: str, meant: str | None) -> None:
    with pytest.raises(ValidationError) as raised:
        model(written)
    (error,) = raised.value.errors()
    assert error["type"] == "bad-license"
    assert error["ctx"].get("replacement") == meant
    assert "SPDX" in error["msg"]


def test_what_is_no_text() -> None:
    with pytest.raises(ValidationError, match="string"):
        model(2.0)
