"""The committed schemas are what the pinned modules give: nothing is written into them by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from generate import HERE, OTHER_KUBERNETES, OUT, generated
from modules import ModuleChanged, ModuleMissing, fetch, pins


def test_the_committed_schemas_are_fresh() -> None:
    try:
        files = generated()
    except ModuleMissing as reason:
        pytest.skip(f"the modules that the schemas are made from cannot be had here: {reason}")
    assert sorted(files) == sorted(path.name for path in OUT.glob("*.json"))
    for name, text in files.items():
        assert text == (OUT / name).read_text(encoding="utf-8"), f"{name}: run tools/schemas/generate.py"


@pytest.mark.parametrize("folder", [HERE, *OTHER_KUBERNETES], ids=lambda folder: folder.name)
def test_every_pinned_module_has_its_hash(folder: Path) -> None:
    lines = (folder / "go.sum").read_text(encoding="utf-8").splitlines()
    summed = {tuple(line.split()[:2]) for line in lines}
    for module, version in pins(folder).items():
        assert {(module, version), (module, f"{version}/go.mod")} <= summed


def test_a_module_with_another_hash_is_refused(tmp_path: Path) -> None:
    module, version = "k8s.io/apimachinery", pins(HERE)["k8s.io/apimachinery"]
    (tmp_path / "go.mod").write_text(f"module x\n\nrequire {module} {version}\n", encoding="utf-8")
    (tmp_path / "go.sum").write_text(f"{module} {version} h1:other=\n", encoding="utf-8")
    with pytest.raises((ModuleChanged, ModuleMissing)) as raised:
        fetch(tmp_path, module)
    if raised.type is ModuleMissing:
        pytest.skip(f"{raised.value}")
    assert "go.sum says h1:other=" in str(raised.value)


def test_without_go_the_reason_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ModuleMissing, match="no `go` on the path"):
        fetch(HERE, "k8s.io/api")


def test_without_the_proxy_the_reason_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GOPROXY", "off")
    monkeypatch.setenv("GOMODCACHE", str(tmp_path))
    with pytest.raises(ModuleMissing, match=r"k8s\.io/api@v|no `go`"):
        fetch(HERE, "k8s.io/api")
