"""Folders of policies: there, not there, which one was meant, and what lies in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgewright.assembly.policies import OwnPolicies, read_policies

GOOD = """\
apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: mine}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  validations:
    - expression: "true"
"""


def read(folder: Path, *names: object) -> OwnPolicies:
    return read_policies({"security": {"policies": [*names]}}, folder)


def said(folder: Path, *names: object) -> list[tuple[str, str]]:
    found = read(folder, *names).findings
    assert {each.rule for each in found} <= {"cannot-read"}
    for each in found:
        assert isinstance(index := each.path[-1], int)
        assert each.message.startswith(f"{names[index]} ")
    return [(each.message, each.remedy) for each in found]


def write(folder: Path, name: str, text: str = GOOD) -> None:
    path = folder / "policies/site" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_folder_that_is_there_and_a_built_in_name(tmp_path: Path) -> None:
    write(tmp_path, "mine.yaml")
    assert not said(tmp_path, "./policies/site", "./policies/site/", "require-digests", "policies")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    message = "./policies/site cannot be read: no such folder"
    assert said(tmp_path, "require-digests", "./policies/site") == [
        (message, "make the folder, or remove the policy")
    ]


def test_the_folder_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "policies/site-rules").mkdir(parents=True)
    ((message, remedy),) = said(tmp_path, "./policies/site-rule")
    assert message.endswith("no such folder; did you mean `./policies/site-rules`?")
    assert remedy == "write `./policies/site-rules`"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "policies.yaml").touch()
    assert "it is no folder" in said(tmp_path, "./policies.yaml")[0][0]


def test_an_empty_folder_is_no_policy(tmp_path: Path) -> None:
    (tmp_path / "policies/site").mkdir(parents=True)
    assert said(tmp_path, "./policies/site")[0][0] == "./policies/site has no policy in it"


@pytest.mark.parametrize("policies", [None, 7, "./x", {"a": "./x"}, [7, None, "./../x", "./a\n"]])
def test_what_is_no_path_is_told_elsewhere(policies: object, tmp_path: Path) -> None:
    assert not read_policies({"security": {"policies": policies}}, tmp_path).findings


def test_a_name_that_no_folder_can_have(tmp_path: Path) -> None:
    assert "cannot be read" in said(tmp_path, "./" + "n" * 300)[0][0]


def test_policies_in_the_order_of_their_files_without_what_they_are_tried_with(tmp_path: Path) -> None:
    for name in ("b.yaml", "a/a.yml", "c.yaml"):
        write(tmp_path, name, GOOD.replace("mine", name[0]))
    for name in ("good.yaml", "bad.yaml", "kyverno-test.yaml", "a/good.yaml", "notes.txt"):
        write(tmp_path, name, "- no policy\n")
    found = read(tmp_path, "./policies/site")
    assert [each["metadata"]["name"] for each in found.by_folder["./policies/site"]] == ["a", "b", "c"]
    assert not found.findings


@pytest.mark.parametrize(
    ("text", "rule", "place", "message"),
    [
        (GOOD.replace("ValidatingPolicy", "MutatingPolicy"), "not-a-policy", (2, 7), "`MutatingPolicy`"),
        (GOOD.replace("kyverno.io/v1", "kyverno.io/v1beta1"), "not-a-policy", (1, 13), "v1beta1"),
        ("a: 1\n", "not-a-policy", (1, 1), "nothing with a kind"),
        ("[]\n", "not-a-policy", (1, 1), "nothing with a kind"),
        (GOOD.replace("validations", "validation"), "schema-mismatch", (7, 3), "validation"),
        (GOOD.replace('"true"', "true"), "schema-mismatch", (8, 19), "spec.validations[0].expression"),
        (GOOD + "---\n" + GOOD, "yaml-documents", (9, 1), ""),
    ],
)
def test_what_is_wrong_is_told_at_its_place_in_the_file(
    text: str, rule: str, place: tuple[int, int], message: str, tmp_path: Path
) -> None:
    write(tmp_path, "mine.yaml", text)
    write(tmp_path, "right.yaml")
    found = read(tmp_path, "./policies/site")
    finding = found.findings[0]
    assert (finding.rule, finding.level, finding.path) == (rule, "error", ("security", "policies", 0))
    assert finding.place is not None
    assert (finding.place.file, finding.place.line, finding.place.column) == (
        "policies/site/mine.yaml",
        *place,
    )
    assert message in finding.message
    assert found.sources == {"policies/site/mine.yaml": text}
    assert len(found.by_folder["./policies/site"]) == 1


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    write(tmp_path, "mine.yaml")
    (tmp_path / "policies/site/mine.yaml").write_bytes(b"\xff\xfe\x00")
    (finding,) = read(tmp_path, "./policies/site").findings
    assert finding.rule == "not-utf-8"
    assert finding.path == ("security", "policies", 0)
