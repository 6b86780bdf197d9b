"""Keys and rules: missing, odd, private, and where in the fleet that is said."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from tests.small import smallest
from tests.strategies import PUBLIC_KEY

from edgewright.assembly import read_texts
from edgewright.errors import Finding

KEY = ("security", "signatures", 0, "anyOf", 0, "key")
RULE = ("workloads", "read", "rule")


def read(
    folder: Path, key: str | None = "keys/one.pub", rule: str | None = None
) -> tuple[dict[str, str], list[Finding]]:
    changes: dict[str, Any] = {}
    if key is not None:
        changes["security"] = {
            "signatures": [{"images": ["registry.example/tiny/**"], "anyOf": [{"key": key}]}]
        }
    if rule is not None:
        changes["workloads__read__rule"] = rule
    return read_texts(smallest(**changes), folder)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_what_is_there_is_read(tmp_path: Path) -> None:
    written(tmp_path, "keys/one.pub", PUBLIC_KEY)
    written(tmp_path, "rules/one.py", "x = 1\n")
    texts, findings = read(tmp_path, rule="rules/one.py")
    assert texts == {"keys/one.pub": PUBLIC_KEY, "rules/one.py": "x = 1\n"}
    assert not findings


@pytest.mark.parametrize(("key", "rule", "path"), [("keys/one.pub", None, KEY), (None, "rules/one.py", RULE)])
def test_what_is_missing(key: str | None, rule: str | None, path: object, tmp_path: Path) -> None:
    texts, (finding,) = read(tmp_path, key, rule)
    assert texts == {}
    assert (finding.rule, finding.path, finding.place) == ("cannot-read", path, None)
    assert "no such file" in finding.message
    assert ("`edgewright key` makes a pair" in finding.remedy) == (key is not None)


def test_a_private_key_is_never_rendered(tmp_path: Path) -> None:
    for head in ("EC PRIVATE KEY", "ENCRYPTED SIGSTORE PRIVATE KEY", "PRIVATE KEY"):
        written(tmp_path, "keys/one.pub", f"-----BEGIN {head}-----\nMHc\n-----END {head}-----\n")
        _, (finding,) = read(tmp_path)
        assert (finding.rule, finding.path) == ("private-key", KEY)
        assert not finding.waivable


def test_a_private_key_in_a_rule(tmp_path: Path) -> None:
    written(tmp_path, "rules/one.py", "KEY = '''-----BEGIN PRIVATE KEY-----'''\n")
    _, (finding,) = read(tmp_path, None, "rules/one.py")
    assert (finding.rule, finding.path) == ("private-key", RULE)


@pytest.mark.parametrize("text", ["", "ssh-ed25519 AAAA\n", "-----BEGIN CERTIFICATE-----\n"])
def test_something_else_than_a_key(text: str, tmp_path: Path) -> None:
    written(tmp_path, "keys/one.pub", text)
    _, (finding,) = read(tmp_path)
    assert (finding.rule, finding.path) == ("no-public-key", KEY)


def test_no_text_at_all_says_where(tmp_path: Path) -> None:
    written(tmp_path, "keys/one.pub", b"-----BEGIN PUBLIC KEY-----\n\xff\n")
    _, findings = read(tmp_path)
    assert {each.path for each in findings} == {KEY}
    assert {each.place for each in findings} == {None}
    (note,) = findings[0].notes
    assert note.place is not None
    assert (note.place.file, note.place.line, note.place.column) == ("keys/one.pub", 2, 1)


def test_something_that_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys/one.pub").mkdir()
    assert "it is no file" in read(tmp_path)[1][0].message
    (tmp_path / "keys/one.pub").rmdir()
    os.mkfifo(tmp_path / "keys/one.pub")
    assert "it is no file" in read(tmp_path)[1][0].message


def test_a_file_that_is_named_twice_is_wrong_in_both_places(tmp_path: Path) -> None:
    values = smallest(
        deviceClasses={"kiosk": {"board": "intel-n100-8gb"}, "pi": {"board": "raspberry-pi-5-8gb"}},
        workloads__read__on={"kiosk": {"rule": "rules/x.py"}, "pi": {"rule": "rules/x.py"}},
    )
    _, findings = read_texts(values, tmp_path)
    assert [each.path for each in findings] == [
        ("workloads", "read", "on", name, "rule") for name in ("kiosk", "pi")
    ]


@pytest.mark.parametrize("broken", [{"key": "../x"}, {"key": 7}, {}, None, "x"])
def test_the_files_beside_what_is_no_path_are_looked_for(broken: object, tmp_path: Path) -> None:
    values = {
        "security": {"signatures": [7, {"images": 7, "anyOf": [broken, {"key": "keys/two.pub"}]}]},
        "workloads": {"a": 7, "b": {"rule": "rules/b.py", "on": {"c": broken, "d": {"rule": "rules/d.py"}}}},
    }
    _, findings = read_texts(values, tmp_path)
    assert [each.path for each in findings] == [
        ("security", "signatures", 1, "anyOf", 1, "key"),
        ("workloads", "b", "rule"),
        ("workloads", "b", "on", "d", "rule"),
    ]


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    _, (finding,) = read(tmp_path, None, "rules/" + "n" * 300)
    assert (finding.rule, finding.path) == ("cannot-read", RULE)
