"""Golden answers on their whole way: locked, signed, published, pulled out of the registry, compared by a server."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.runtime_images.serving import ROOT, free_port, served
from tests.shipped import Shipped

from edgewright.commands.main import main
from edgewright.ship.pulled import pulled_objects
from edgewright.ship.registry import Access, Client
from edgewright.workshop.arrays import archived
from edgewright.workshop.source import answers_file

TIERS = {"int8": "onnxruntime-cpu/int8", "source": "onnxruntime-cpu"}
REQUEST = json.dumps(
    {"inputs": [{"name": "image", "datatype": "FP32", "shape": [1, 1, 32, 32], "data": [0.5] * 1024}]}
).encode()
FILES = {"int8": "model.int8.onnx", "source": "model.onnx"}


def locked(shipped: Shipped, wrong: list[str]) -> None:
    """Lock and sign the fleet with a golden set; some forms have answers in which two classes are swapped."""
    shutil.copy(ROOT / "models/surface-defects.golden.npz", shipped.folder / "models/golden.npz")
    source = "source: models/model.onnx"
    shipped.edit(source, f"{source}\n    evaluation: {{golden: models/golden.npz, floor: 90%}}")
    shipped.edit("tiers: [onnxruntime-cpu/int8]", f"tiers: [{', '.join(TIERS.values())}]")
    assert main(["lock", shipped.fleet, "--offline"]) == 0
    for form in wrong:
        swap(answers_file(shipped.folder / "models" / FILES[form]))
    if wrong:
        assert main(["lock", shipped.fleet, "--offline"]) == 0
    assert main(["sign", shipped.fleet, "--key", shipped.key()]) == 0
    assert main(["lock", shipped.fleet, "--offline"]) == 0


def swap(file: Path) -> None:
    """As if two classes had changed places since; the file says still whose answers it holds."""
    with np.load(file) as read:
        arrays = dict(read)
        origin = read.zip.comment.decode()
    arrays["output:probabilities"] = arrays["output:probabilities"][:, [1, 0, *range(2, 8)]]
    file.write_bytes(archived(arrays, origin))


def published(shipped: Shipped, capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[str, str]]:
    """Publish the fleet; each artifact's repository and digest by its title."""
    capsys.readouterr()
    assert shipped.publish("--format", "json") == 0
    artifacts = json.loads(capsys.readouterr().out)["artifacts"]
    return {each["title"]: (each["repository"], each["digest"]) for each in artifacts}


def pulled(client: Client, found: dict[str, tuple[str, str]], folder: Path) -> dict[str, Any]:
    """What the kiosk's server is told, with the models where this machine has unpacked them."""
    (release,) = (where for title, where in found.items() if "kiosk" in where[0] and "manifests" in where[0])
    objects = [body for _file, body in pulled_objects(client.repository(release[0]), release[1])]
    (text,) = (each["data"]["server.json"] for each in objects if each["kind"] == "ConfigMap")
    for form in TIERS:
        repository, digest = found[f"defects 1.2.0 {form} amd64"]
        unpack(client, repository, digest, folder / form)
    values: dict[str, Any] = json.loads(text.replace('"/models/', f'"{folder}/'))
    values["http"]["port"] = free_port()
    return values


def unpack(client: Client, repository: str, digest: str, folder: Path) -> None:
    manifest = client.repository(repository).manifest(digest)
    assert manifest is not None
    (layer,) = json.loads(manifest.content)["layers"]
    content = client.repository(repository).blob(layer["digest"], layer["size"])
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(folder)


@pytest.mark.parametrize("wrong", [[], ["int8"], ["int8", "source"]], ids=["none", "one", "all"])
def test_a_tier_answers_as_it_did_where_it_was_locked(
    wrong: list[str], shipped: Shipped, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    locked(shipped, wrong)
    with Client(Access()) as client:
        values = pulled(client, published(shipped, capsys), tmp_path / "mounted")
    for tier in values["tiers"]:
        assert tier["model"]["golden"]["file"].endswith("/models/answers.npz")
        assert tier["model"]["signedBy"]
    with served(values, tmp_path, ready=len(wrong) < 2) as running:
        if len(wrong) == 2:
            while running.wait_until_it_says("step")["step"] != "no tier is to be had":
                pass
        status, said = running.get("/v2/health/ready")
        for form, tier in TIERS.items():
            assert ("its answer is not the golden one" in said["tiers"][tier]) == (form in wrong)
            assert (said["tiers"][tier] == "ready") == (form not in wrong)
        assert status == (503 if len(wrong) == 2 else 200)
        answered, headers, _ = running.ask("POST", "/v2/models/defects/infer", REQUEST)
        assert answered == status
        used = "source" if wrong else "int8"
        assert headers.get("edgewright-tier") == (None if len(wrong) == 2 else TIERS[used])
        told = [json.loads(line) for line in running.log.read_text().splitlines() if line.startswith("{")]
        absent = [each["tier"] for each in told if each.get("event") == "tier-not-there"]
        assert absent == [TIERS[form] for form in wrong]
