"""Closed sets out of Go sources, by a small package of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from constants import enums

TYPES = """package v1

import (
\tmetav1 "k8s.io/other/meta/v1"
)

// Mode says how.
// +enum
type Mode string

const (
\t// ModeFast is fast.
\tModeFast Mode = "Fast"
\tModeSlow Mode = "Slow"
)

// Free may be anything.
type Free string

const FreeOne Free = "One"

// ThingSpec is a thing.
type ThingSpec struct {
\tMode Mode `json:"mode,omitempty" protobuf:"bytes,1,opt"`
\t// Modes are several.
\tModes []Mode `json:"modes"`
\tPointer *Mode `json:"pointer,omitempty"`
\tFree Free `json:"free"`
\tOther *metav1.Order `json:"other"`
\tInline `json:",inline"`
}

type Inline struct {
\tInside Mode `json:"inside"`
}
"""

META = 'package v1\n\n// +enum\ntype Order string\n\nconst Up Order = "Up"\n'


@pytest.fixture
def modules(tmp_path: Path) -> dict[str, Path]:
    for folder, text in (("api/core/v1", TYPES), ("other/meta/v1", META)):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "types.go").write_text(text, encoding="utf-8")
    return {"k8s.io/api": tmp_path / "api", "k8s.io/other": tmp_path / "other"}


def test_marked_types_give_their_constants_to_the_fields_that_have_them(modules: dict[str, Path]) -> None:
    packages = {"core.v1": "k8s.io/api/core/v1", "meta.v1": "k8s.io/other/meta/v1"}
    modes = ["Fast", "Slow"]
    assert enums(modules, packages) == {
        "core.v1.ThingSpec": {
            "mode": modes,
            "modes": modes,
            "pointer": modes,
            "other": ["Up"],
            "inside": modes,
        },
        "core.v1.Inline": {"inside": modes},
    }
