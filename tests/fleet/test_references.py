"""References between the parts of a fleet: both ends are shown, and what is broken is not called unknown."""

from __future__ import annotations

import time
from typing import Any

import pytest
from tests.fleet.texts import BASE, changed, findings, told

from edgewright.catalogue import load
from edgewright.document.edits import apply_replacements
from edgewright.document.source import Source
from edgewright.errors import FieldPath, Finding
from edgewright.fleet import Fleet, Workload, WorkloadOn, check_fleet, effective, read_fleet, runtimes_of
from edgewright.fleet.security import BUILT_IN_POLICIES

CAMERA, GATEWAY, KIOSK = (("deviceClasses", name) for name in ("camera", "gateway", "kiosk"))
WORKLOAD: FieldPath = ("workloads", "inspect")
ON_KIOSK: FieldPath = (*WORKLOAD, "on", "kiosk")
STAGES: FieldPath = ("rollouts", "careful", "stages")
TIERS = "[onnxruntime-cpu/int8, rule]"
VARIANTS = BASE[BASE.index("    variants:\n") : BASE.index("runtimes:\n")]

# Old and new text ⇒ path, what is underlined, message, remedy, replacement, lines of the notes.
UNKNOWN: list[tuple[str, str, FieldPath, str, str, str, str | None, list[int]]] = [
    (
        "jetson-orin-nx-16gb", "jetson-orin-nx-16g", (*CAMERA, "board"), "jetson-orin-nx-16g",
        "there is no board `jetson-orin-nx-16g`; did you mean `jetson-orin-nx-16gb`?",
        "write `jetson-orin-nx-16gb`", None, [],
    ),
    (
        "gpu: nvidia-l4", "gpu: nvidia-l44", (*GATEWAY, "host", "gpu"), "nvidia-l44",
        "there is no GPU `nvidia-l44`; did you mean `nvidia-l4`?",
        "write `nvidia-l4`", None, [],
    ),
    (
        "[tensorrt, onnx", "[tensort, onnx", ("runtimes", "server", "backends", 0), "tensort",
        "there is no backend `tensort`; did you mean `tensorrt`?", "write `tensorrt`", "tensorrt", [],
    ),
    (
        "{jetpack6: server", "{jetpack9: server", ("runtimes", "server", "images", "jetpack9"), "jetpack9",
        "there is no platform `jetpack9`; did you mean `jetpack7`?",
        "write `jetpack7`, or another one: amd64, amd64-cuda12, amd64-cuda13, arm64, jetpack5, jetpack6", None, [],
    ),
    (
        "model: defects\n    rollout", "model: defect\n    rollout", (*WORKLOAD, "model"), "defect",
        "there is no model `defect`; did you mean `defects`?", "write `defects`, or add `defect` to `models`",
        "defects", [20],
    ),
    (
        "runtime: cpu\n", "model: dfects\n", (*ON_KIOSK, "model"), "dfects",
        "there is no model `dfects`; did you mean `defects`?", "write `defects`, or add `dfects` to `models`",
        "defects", [20],
    ),
    (
        "rollout: careful\n", "rollout: quick\n", (*WORKLOAD, "rollout"), "quick",
        "there is no rollout `quick`", "add it to `rollouts`, or write one of careful", None, [49],
    ),
    (
        "runtime: cpu\n", "runtime: gpu\n", (*ON_KIOSK, "runtime"), "gpu",
        "there is no runtime `gpu`; did you mean `cpu`?", "write `cpu`, or add `gpu` to `runtimes`", None, [28],
    ),
    (
        "      kiosk:\n", "      kiosks:\n", (*WORKLOAD, "on", "kiosks"), "kiosks",
        "there is no device class `kiosks`; did you mean `kiosk`?",
        "write `kiosk`, or add `kiosks` to `deviceClasses`", "kiosk", [4],
    ),
    (
        TIERS, "[onnxruntime-cpu/int4, rule]", (*ON_KIOSK, "tiers", 0), "onnxruntime-cpu/int4",
        "there is no variant `int4` of `defects`; did you mean `int8`?",
        "write `onnxruntime-cpu/int8`, or add `int4` to the model's variants", None, [25],
    ),
    (
        TIERS, "[onnxruntime-cup/int8, rule]", (*ON_KIOSK, "tiers", 0), "onnxruntime-cup/int8",
        "there is no backend `onnxruntime-cup`; did you mean `onnxruntime-cpu`?", "write `onnxruntime-cpu/int8`",
        "onnxruntime-cpu/int8", [],
    ),
    (
        TIERS, "[ruel]", (*ON_KIOSK, "tiers", 0), "ruel",
        "there is no backend `ruel`; did you mean `rule`?", "write `rule`", "rule", [],
    ),
    (
        TIERS, "[tensorrt/int8, rule]", (*ON_KIOSK, "tiers", 0), "tensorrt/int8",
        "the runtime `cpu` has no backend `tensorrt`", "use one of onnxruntime-cpu, or another runtime", None, [],
    ),
    (
        "onnxruntime-cpu/int8, rule]\n        resources: {cpu: 2, memory: 6Gi",
        "onnxruntime-cuda/int8, rule]\n        resources: {cpu: 2, memory: 6Gi",
        (*WORKLOAD, "on", "camera", "tiers", 1), "onnxruntime-cuda/int8",
        "the runtime `server` has no backend `onnxruntime-cuda`",
        "use one of tensorrt, onnxruntime-cpu, or another runtime", None, [29],
    ),
    (
        "[require-digests]", "[./policies/site, require-digest]", ("security", "policies", 1), "require-digest",
        "there is no built-in policy `require-digest`; did you mean `require-digests`?",
        "write `require-digests`", "require-digests", [],
    ),
    (
        "[require-digests]", "[site-rules]", ("security", "policies", 0), "site-rules",
        "there is no built-in policy `site-rules`",
        f"write one of {', '.join(BUILT_IN_POLICIES[:12])}, …; a folder of yours begins with `./`",
        None, [],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "path", "underlined", "message", "remedy", "replacement", "lines"), UNKNOWN
)
def test_names_that_nothing_has(
    old: str,
    new: str,
    path: FieldPath,
    underlined: str,
    message: str,
    remedy: str,
    replacement: str | None,
    lines: list[int],
) -> None:
    text = changed((old, new))
    (finding,) = findings(text)
    (told_once,) = told(text)
    assert (finding.rule, finding.path, finding.waivable) == ("unknown-reference", path, False)
    assert told_once[1] == underlined
    assert (finding.message, finding.remedy, finding.replacement) == (message, remedy, replacement)
    assert [note.place.line for note in finding.notes if note.place] == lines
    if replacement is not None:
        assert told(apply_replacements(Source("fleet.yaml", text), [finding])) == []


HOST = "    board: jetson-orin-nx-16gb\n    host: {arch: arm64, cpu: 8, memory: 16Gi}\n"

CONTRADICTIONS: list[tuple[str, str, FieldPath, str, str, str, list[int]]] = [
    (
        "    board: jetson-orin-nx-16gb\n", HOST, (*CAMERA, "host"), "host", "`camera` has both a board and a host",
        "keep one of the two: a board of the catalogue, or a host that you describe", [6],
    ),
    (
        "    board: intel-n100-8gb\n", "", KIOSK, "kiosk", "`kiosk` has neither a board nor a host",
        "name a `board` of the catalogue, or describe the device by `host: {arch, cpu, memory}`", [],
    ),
    (
        "    gpuSharing:", "    powerMode: 25W\n    gpuSharing:", (*GATEWAY, "powerMode"), "powerMode",
        "a composed host has no power modes that the catalogue knows", "remove `powerMode`, or name a board", [],
    ),
    (
        "signatureGate: bundle", "signatureGate: admission", (*KIOSK, "signatureGate"), "admission",
        "an offline class cannot check signatures by `admission`: that asks a registry",
        "write `signatureGate: bundle`", [17],
    ),
    (
        "    signatureGate: bundle\n", "", (*KIOSK, "signatureGate"), "kiosk",
        "an offline class cannot check signatures by `delivery`: that asks a registry",
        "write `signatureGate: bundle`", [17],
    ),
    (
        "memory: 64Gi, gpu: nvidia-l4}", "memory: 64Gi, gpus: 2}", (*GATEWAY, "host", "gpus"), "2",
        "`gpus: 2` does not say of which kind", "add `gpu: nvidia-l4`, or whichever they are", [],
    ),
    (
        "gpu: nvidia-l4}", "gpu: nvidia-l4, numaNodes: 17}", (*GATEWAY, "host", "numaNodes"), "17",
        "17 NUMA nodes cannot share 16 cores", "write the number that `lscpu` tells", [13],
    ),
    (
        "time-slicing, replicas: 2", "mig", (*GATEWAY, "gpuSharing", "profile"), "gpuSharing",
        "`mig` needs `profile`", "add `profile: 1g.6gb`", [],
    ),
    (
        "time-slicing, replicas: 2", "mps", (*GATEWAY, "gpuSharing", "replicas"), "gpuSharing",
        "`mps` needs `replicas`", "add `replicas: 2`", [],
    ),
    (
        "time-slicing, replicas", "none, replicas", (*GATEWAY, "gpuSharing", "replicas"), "replicas",
        "`none` has no `replicas`", "remove `replicas`", [],
    ),
    (
        "ring: early", "ring: canary", (*STAGES, 1, "ring"), "canary", "the ring `canary` is there twice",
        "give each stage a ring of its own", [52],
    ),
    (
        "upTo: 10%", "upTo: 1%", (*STAGES, 1, "upTo"), "1%", "`1%` is not more than the stage before has",
        "let the shares rise", [52],
    ),
    (
        "upTo: 1%", "upTo: 0%", (*STAGES, 0, "upTo"), "0%", "a ring of no devices proves nothing",
        "write a share above 0%, such as `1%`", [],
    ),
    (
        "upTo: 100%", "upTo: 99%", (*STAGES, 2, "upTo"), "99%",
        "the last ring reaches 99% of the devices; the others never get the change",
        "let the last stage have `upTo: 100%`", [51],
    ),
    (
        "soak: 24h, ", "", (*STAGES, 0, "abortWhen"), "abortWhen", "`abortWhen` without a `soak`: nothing is watched",
        "add `soak: 24h`", [],
    ),
    (
        "{key: keys/fleet.pub}", "{}", ("security", "signatures", 0, "anyOf", 0), "{}",
        "a signer is either a key or an identity, and this is neither",
        "write `key: keys/fleet.pub` or `keyless: {issuer: …, subject: …}`", [],
    ),
    (
        "{key: keys/fleet.pub}", "{key: a.pub, keyless: {issuer: https://a, subject: b}}",
        ("security", "signatures", 0, "anyOf", 0), "{key: a.pub, keyless: {issuer: https://a, subject: b}}",
        "a signer is either a key or an identity, and this is both",
        "keep one of the two, or make two signers of it", [],
    ),
    (
        "warning: 75C", "warning: 83C", ("monitoring", "alerts", "gpuTemperature", "warning"), "83C",
        "`gpuTemperature` warns at 83C, which is not below the critical 83C", "let the warning come first", [67],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "path", "underlined", "message", "remedy", "lines"), CONTRADICTIONS)
def test_parts_that_contradict_themselves(
    old: str, new: str, path: FieldPath, underlined: str, message: str, remedy: str, lines: list[int]
) -> None:
    text = changed((old, new))
    (finding,) = findings(text)
    assert (finding.rule, finding.path, finding.waivable) == ("contradiction", path, False)
    assert told(text)[0].underlined == underlined
    assert (finding.message, finding.remedy) == (message, remedy)
    assert [note.place.line for note in finding.notes if note.place] == lines


def test_a_tier_without_its_rule_is_told_where_it_stands() -> None:
    found = findings(changed(("    rule: rules/defects.py\n", "")))
    assert [finding.path[3:] for finding in found] == [("camera", "tiers", 2), ("kiosk", "tiers", 1)]
    assert {finding.message for finding in found} == {"the tier `rule` has no rule to run"}


def test_a_model_without_variants_has_none() -> None:
    found = findings(changed((VARIANTS, "")))
    assert {finding.message for finding in found} == {
        "there is no variant `fp16` of `defects`",
        "there is no variant `int8` of `defects`",
    }
    assert "write `tensorrt` for the model's source, or add the variant to the model" in {
        finding.remedy for finding in found
    }


# --- The workload's own tiers meet what each class says


def with_tiers(on: str, tiers: str = "[onnxruntime-cpu/int8, rule]", more: str = "") -> list[Finding]:
    start, end = BASE.index("    rule: rules"), BASE.index("rollouts:\n")
    text = BASE[:start] + f"    tiers: {tiers}\n{more}    on:\n{on}" + BASE[end:]
    return findings(text)


def test_a_rule_may_be_given_on_each_class() -> None:
    assert (
        with_tiers("      kiosk: {rule: rules/a.py}\n      camera: {tiers: [onnxruntime-cpu/int8]}\n") == []
    )
    assert [
        finding.path[2:] for finding in with_tiers("      kiosk: {rule: rules/a.py}\n      camera: {}\n")
    ] == [("tiers", 1)]


def test_another_model_or_runtime_on_a_class_meets_the_tiers_of_the_workload() -> None:
    other = BASE.replace("models:\n", "models:\n  other: {version: 1.0.0, source: models/other}\n")
    text = other.replace(
        "    rule: rules/defects.py\n", "    rule: rules/defects.py\n    tiers: [tensorrt/fp16]\n"
    )
    text = text.replace("        tiers: [onnxruntime-cpu/int8, rule]\n", "        model: other\n")
    (finding,) = findings(text)
    assert finding.path == (*WORKLOAD, "tiers", 0)
    assert finding.message == "the runtime `cpu` has no backend `tensorrt`"
    assert [note.path for note in finding.notes] == [ON_KIOSK]
    (finding,) = findings(text.replace("runtime: cpu\n", "runtime: server\n"))
    assert finding.message == "there is no variant `fp16` of `other`"


def test_tiers_that_no_class_inherits_are_read_all_the_same() -> None:
    on = "      kiosk: {tiers: [onnxruntime-cpu/int8]}\n"
    assert [finding.message for finding in with_tiers(on, "[onnxruntime-cup/int8]")] == [
        "there is no backend `onnxruntime-cup`; did you mean `onnxruntime-cpu`?"
    ]


# --- What is broken is not unknown


@pytest.mark.parametrize(
    ("old", "new", "underlined"),
    [
        ("    version: 3.4.0", "    version: x", {"x"}),
        ("    version: 3.4.0\n", "", {"defects"}),
        ("precision: int8, cal", "precision: int9, cal", {"int9"}),
        (VARIANTS, "    variants: [fp16]\n", {"[fp16]"}),
        ("backends: [tensorrt, onnxruntime-cpu]", "backends: tensorrt", {"tensorrt"}),
        ("backends: [tensorrt, onnxruntime-cpu]", "backends: [tensorrt, 5]", {"5"}),
        ("upTo: 10%", "upTo: 10", {"10"}),
        ("    board: intel-n100-8gb\n", "    board: 8\n", {"8"}),
        ("    board: jetson-orin-nx-16gb\n", "    board:\n", {"board"}),
        ("    devices: 1200", "    devices: x", {"x"}),
        ("signatureGate: bundle", "signatureGate: usb", {"usb"}),
        ("replicas: 2", "replicas: 200", {"200"}),
        ("strategy: time-slicing", "strategy: slices", {"slices"}),
        ("soak: 24h", "soak: 24", {"24"}),
        ("rules/defects.py", "/rules.py", {"/rules.py"}),
        ("{key: keys/fleet.pub}", "{key: /k}", {"/k"}),
        ("tiers: [onnxruntime-cpu/int8, rule]", "tiers: [onnxruntime-cpu/int8, Rule!]", {"Rule!"}),
        ("runtime: cpu\n", "runtime: CPU!\n", {"CPU!"}),
        ("warning: 75C", "warning: 95", {"95"}),
        ("deviceClasses:\n  camera:", "deviceClasses:\n  Camera_1: {board: x}\n  camera:", {"Camera_1"}),
        ("deviceClasses:\n  camera:", "deviceClasses:\n  Camera:", {"Camera"}),
        ("      fp16: {", "      FP16: {", {"FP16"}),
        ("  careful:\n", "  careful_:\n", {"careful_"}),
    ],
)
def test_nothing_follows_from_what_is_broken(old: str, new: str, underlined: set[str]) -> None:
    assert {each.underlined for each in told(changed((old, new)))} == underlined


def test_a_rollout_that_reaches_nobody_is_one_contradiction() -> None:
    start, end = BASE.index("    stages:\n"), BASE.index("    against: previous")
    (finding,) = findings(BASE[:start] + "    stages: [{ring: all, upTo: 0%}]\n" + BASE[end:])
    assert finding.rule == "contradiction"


@pytest.mark.parametrize("subject", ['""', '"a\\u0000b"', '"a\\nb"'])
def test_a_subject_is_one_line_of_text(subject: str) -> None:
    signer = f"{{keyless: {{issuer: https://a, subject: {subject}}}}}"
    (slip,) = told(changed(("{key: keys/fleet.pub}", signer)))
    assert (slip.rule, slip.underlined) == ("bad-value", subject)


def test_a_broken_runtime_is_not_the_one_of_the_catalogue() -> None:
    text = changed(
        ("  server: {", "  cpu: {backends: 7, images: {amd64: mine}}\n  server: {"),
        ("tiers: [onnxruntime-cpu/int8, rule]", "tiers: [onnxruntime-openvino/int8, rule]"),
    )
    assert [each.underlined for each in told(text)] == ["7"]


@pytest.mark.parametrize("section", ["models", "deviceClasses", "rollouts", "runtimes"])
def test_a_section_that_cannot_be_read_is_one_finding(section: str) -> None:
    start = BASE.index(f"{section}:\n")
    end = min(index for line in ("models:\n", "inventory:", "runtimes:\n", "workloads:\n", "security:\n")
              if (index := BASE.find(line, start + 1)) > 0)  # fmt: skip
    (finding,) = findings(BASE[:start] + f"{section}: []\n" + BASE[end:])
    assert (finding.rule, finding.path) == ("wrong-type", (section,))


@pytest.mark.parametrize("section", ["models", "deviceClasses"])
def test_a_section_that_is_empty_is_one_finding(section: str) -> None:
    start = BASE.index(f"{section}:\n")
    end = BASE.index("inventory:" if section == "deviceClasses" else "runtimes:\n")
    text = BASE[:start] + f"{section}: {{}}\n" + BASE[end:]
    assert [finding.rule for finding in findings(text)] == ["out-of-range"]


@pytest.mark.parametrize("section", ["models", "deviceClasses"])
def test_a_section_that_is_missing_is_one_finding(section: str) -> None:
    start = BASE.index(f"{section}:\n")
    end = BASE.index("inventory:" if section == "deviceClasses" else "runtimes:\n")
    assert [finding.rule for finding in findings(BASE[:start] + BASE[end:])] == ["missing-field"]


def test_what_is_whole_is_checked_beside_what_is_broken() -> None:
    text = changed(
        ("p99: 40ms", "p99: 40"), ("model: defects\n    rollout", "model: defect\n    rollout"),
        ("devices: 1200", "devices: x"), ("jetson-orin-nx-16gb", "jetson"), ("maxDrop: 1pp", "maxDrop: 1%"),
        ("ring: early", "ring: canary"), ("soak: 72h", "soak: 72"), ("runtime: cpu\n", "runtime: gpu\n"),
        ("pods: restricted", "pods: strict"), ("{key: keys/fleet.pub}", "{}"),
    )  # fmt: skip
    assert sorted(each.underlined for each in told(text)) == [
        "1%", "40", "72", "canary", "defect", "gpu", "jetson", "strict", "x", "{}",
    ]  # fmt: skip


# --- Python


def small(**workload: Any) -> Fleet:
    return Fleet(
        fleet="a",
        registry="r.example",
        device_classes={"kiosk": {"board": "intel-n100-8gb"}},
        models={"m": {"version": "1.0.0", "source": "m.onnx", "variants": {"int8": {"precision": "int8"}}}},
        workloads={"w": {"model": "m", **workload}},
    )


def test_a_fleet_in_python_is_checked_alike() -> None:
    assert check_fleet(small(), load()) == ()
    fleet = small(
        model="x", rollout="y", runtime="z", tiers=["rule", "onnxruntime-cpu/int4"], on={"gone": {}}
    )
    assert [(finding.path[2:], finding.place) for finding in check_fleet(fleet, load())] == [
        (("model",), None), (("rollout",), None), (("runtime",), None), (("on", "gone"), None), (("tiers", 0), None),
    ]  # fmt: skip


def test_effective_takes_what_a_class_says_as_a_whole() -> None:
    workload = Workload(model="m", expose="cluster", latency={"p99": "40ms"}, rule="a.py")
    assert effective(workload, None) is workload
    on = WorkloadOn(model="n", latency={"p99": "1s"}, rule=None)
    here = effective(workload, on)
    assert isinstance(here, Workload)
    assert (here.model, here.expose, here.rule) == ("n", "cluster", "a.py")
    assert here.latency is not None
    assert here.latency.p99 == 1000


def test_runtimes_of_the_catalogue_can_be_defined_anew() -> None:
    fleet = small()
    assert set(runtimes_of(fleet, load())) == set(load().runtimes)
    runtime = {"backends": ["onnxruntime-cpu"], "images": {"amd64": "mine"}}
    mine = Fleet(**{**fleet.model_dump(exclude_unset=True), "runtimes": {"cpu": runtime, "own": runtime}})
    assert runtimes_of(mine, load())["cpu"].images == {"amd64": "mine"}
    assert set(runtimes_of(mine, load())) == {*load().runtimes, "own"}


def test_ten_thousand_references_that_lead_nowhere_take_no_time() -> None:
    values = small().model_dump(exclude_unset=True)
    values["apiVersion"] = "edgewright.dev/v1alpha1"
    values["workloads"] = {f"w{n}": {"model": f"m{n}", "rollout": f"r{n}"} for n in range(5000)}
    values["models"] |= {f"model{n}": values["models"]["m"] for n in range(5000)}
    start = time.process_time()
    assert len(read_fleet(values, load()).findings) == 10_000
    assert time.process_time() - start < 15  # half a second
