"""Every answer to a wrong value: what is underlined, what is said, what would be put there instead."""

from __future__ import annotations

import re

import pytest
from tests.fleet.texts import BASE, Told, changed, findings, told

from edgewright.document.edits import apply_replacements
from edgewright.document.source import Source

Answer = tuple[str, str, int, str, str, str | None]
"""Rule, what is underlined, line, message, remedy, and what is put there instead."""

WORKLOAD_FIELDS = (
    "batching, draw, expose, grpc, latency, load, model, on, resources, responseCache, rollout, rule, runtime, "
    "shutdown, startup, threads, "
    "tiers, whenUnsure"
)
MODEL = "    model: defects\n    rollout"
KIOSK = "  kiosk:\n    board: intel-n100-8gb\n    offline: true\n    signatureGate: bundle\n"
NAME = "write at most 63 lower-case letters, digits and `-`, with a letter or digit at both ends, such as"
PATH = "write a path below the folder of fleet.yaml, with `/` between its parts"

CASES: list[tuple[str, str, Answer]] = [
    # Names of fields
    (
        MODEL,
        "    modle: defects\n    rollout",
        (
            "unknown-field",
            "modle",
            32,
            "`inspect` has no field `modle`; did you mean `model`?",
            "write `model`",
            "model",
        ),
    ),
    (
        "deviceClasses:",
        "device_classes:",
        (
            "unknown-field",
            "device_classes",
            4,
            "a fleet has no field `device_classes`; did you mean `deviceClasses`?",
            "write `deviceClasses`",
            "deviceClasses",
        ),
    ),
    (
        "    expose: cluster",
        "    cpu: 2",
        ("unknown-field", "cpu", 34, "`inspect` has no field `cpu`", "write it below `resources`", None),
    ),
    (
        "    expose: cluster",
        "    soak: 2h",
        (
            "unknown-field",
            "soak",
            34,
            "`inspect` has no field `soak`",
            f"remove it; the fields here are {WORKLOAD_FIELDS} (`soak` is a field of rollouts.*.stages)",
            None,
        ),
    ),
    (
        "    expose: cluster",
        "    frobnicate: 2h",
        (
            "unknown-field",
            "frobnicate",
            34,
            "`inspect` has no field `frobnicate`",
            f"remove it; the fields here are {WORKLOAD_FIELDS}",
            None,
        ),
    ),
    (
        "500m, memory",
        "500m, mem\u043ery",
        (
            "unknown-field",
            "mem\u043ery",
            9,
            "`reserve` has no field `mem\u043ery` (it has U+043E CYRILLIC SMALL LETTER O in it); "
            "did you mean `memory`?",
            "write `memory`",
            "memory",
        ),
    ),
    (
        "500m, memory",
        '500m, "mem\\u200Bory"',
        (
            "unknown-field",
            '"mem\\u200Bory"',
            9,
            "`reserve` has no field `mem\u200bory` (it has U+200B ZERO WIDTH SPACE in it); "
            "did you mean `memory`?",
            "write `memory`",
            "memory",
        ),
    ),
    (
        "against: previous",
        "against: {acuracy: 91%}",
        (
            "unknown-field",
            "acuracy",
            55,
            "`against` has no field `acuracy`; did you mean `accuracy`?",
            "write `accuracy`",
            "accuracy",
        ),
    ),
    # What is missing
    (
        MODEL,
        "    rollout",
        (
            "missing-field",
            "inspect",
            31,
            "`inspect` has no `model`: a model of this fleet",
            "add it, such as `model: surface-defects`",
            None,
        ),
    ),
    (
        "registry: registry.acme.example/edge\n",
        "",
        (
            "missing-field",
            "apiVersion: edgewright.dev/v1alpha1",
            1,
            "a fleet has no `registry`: every artifact of the fleet is published below this prefix",
            "add it, such as `registry: registry.acme.example/edge`",
            None,
        ),
    ),
    (
        "{ring: everyone, upTo: 100%}",
        "{ring: everyone}",
        (
            "missing-field",
            "{ring: everyone}",
            54,
            "item 3 of `stages` has no `upTo`: the share of each device class that has the change",
            "add it, such as `upTo: 1%`",
            None,
        ),
    ),
    # Words of a closed list
    (
        "precision: fp16",
        "precision: float16",
        (
            "bad-value",
            "float16",
            26,
            "`float16` is no value of `precision`",
            "write one of bf16, fp16, fp32, int8",
            None,
        ),
    ),
    (
        "precision: fp16",
        "precision: FP16",
        (
            "bad-value",
            "FP16",
            26,
            "`FP16` is no value of `precision`; it has bf16, fp16, fp32, int8",
            "write `fp16`",
            "fp16",
        ),
    ),
    (
        "expose: cluster",
        "expose: no",
        ("bad-value", "no", 34, "`no` is no value of `expose`; it has cluster, none", "write `none`", None),
    ),
    (
        "expose: cluster",
        "expose: false",
        ("bad-value", "false", 34, "`false` is no value of `expose`", "write one of cluster, none", None),
    ),
    (
        "expose: cluster",
        "expose: [cluster]",
        ("bad-value", "[cluster]", 34, "a list is no value of `expose`", "write one of cluster, none", None),
    ),
    (
        "against: previous",
        "against: baseline",
        (
            "bad-value",
            "baseline",
            55,
            "`baseline` is no value of `against`",
            "write `previous`, or fixed figures such as `{accuracy: 91%}`",
            None,
        ),
    ),
    # Forms of text
    (
        "version: 3.4.0",
        "version: v3.4.0",
        ("bad-value", "v3.4.0", 22, "`v3.4.0` is not how `version` is written", "write `3.4.0`", "3.4.0"),
    ),
    (
        "version: 3.4.0",
        "version: 3.4.x",
        ("bad-value", "3.4.x", 22, "`3.4.x` is not how `version` is written", "write it like `3.4.0`", None),
    ),
    (
        "registry: registry.acme.example",
        "registry: https://Registry.acme.example",
        (
            "bad-value",
            "https://Registry.acme.example/edge",
            3,
            "`https://Registry.acme.example/edge` is not how `registry` is written",
            "write `registry.acme.example/edge`",
            "registry.acme.example/edge",
        ),
    ),
    (
        "require-digests",
        "Require Digests",
        (
            "bad-value",
            "Require Digests",
            63,
            "`Require Digests` is not how `policies` is written",
            "write `require-digests`",
            "require-digests",
        ),
    ),
    (
        "registries: [registry",
        "registries: [Registry",
        (
            "bad-value",
            "Registry.acme.example/edge/**",
            57,
            "`Registry.acme.example/edge/**` is not how `registries` is written",
            "write `registry.acme.example/edge/**`",
            "registry.acme.example/edge/**",
        ),
    ),
    (
        "https://hub.acme.example",
        "hub.acme.example",
        (
            "bad-value",
            "hub.acme.example/v2/models/defects",
            38,
            "`hub.acme.example/v2/models/defects` is not how `escalateTo` is written",
            "write it like `https://hub.acme.example/v2/models/surface-defects`",
            None,
        ),
    ),
    (
        "fleet: acme\n",
        "fleet: Acme_Inc\n",
        (
            "bad-name",
            "Acme_Inc",
            2,
            "`Acme_Inc` is no name that Kubernetes accepts",
            f"{NAME} `acme-inc`",
            None,
        ),
    ),
    (
        "  inspect:",
        "  Inspect_It:",
        (
            "bad-name",
            "Inspect_It",
            31,
            "`Inspect_It` is no name that Kubernetes accepts",
            f"{NAME} `inspect-it`",
            None,
        ),
    ),
    (
        "rules/defects.py",
        "../defects.py",
        (
            "bad-path",
            "../defects.py",
            39,
            "`../defects.py` leaves the folder of fleet.yaml, or is no path",
            PATH,
            None,
        ),
    ),
    (
        "[onnxruntime-cpu/int8, rule]",
        "[onnxruntime-cpu/int8, Rule]",
        ("bad-tier", "Rule", 47, "`Rule` is no tier", "write `rule`", "rule"),
    ),
    (
        "[onnxruntime-cpu/int8, rule]",
        "[onnxruntime-cpu/int8/x]",
        (
            "bad-tier",
            "onnxruntime-cpu/int8/x",
            47,
            "`onnxruntime-cpu/int8/x` is no tier",
            "write `backend/variant` (tensorrt/fp16), `backend` for the model's source, or `rule`",
            None,
        ),
    ),
    (
        "10.20.0.0/16",
        "10.20.0.1/16",
        (
            "bad-cidr",
            "10.20.0.1/16",
            62,
            "`10.20.0.1/16` is not how this range is written",
            "write `10.20.0.0/16`",
            "10.20.0.0/16",
        ),
    ),
    (
        "10.20.0.0/16",
        "10.20.0.0",
        (
            "bad-cidr",
            "10.20.0.0",
            62,
            "`10.20.0.0` is not how this range is written",
            "write `10.20.0.0/32` for this one address, or a range such as 10.20.0.0/16",
            None,
        ),
    ),
    (
        "10.20.0.0/16",
        "hub.acme.example",
        (
            "bad-cidr",
            "hub.acme.example",
            62,
            "`hub.acme.example` is a host name; a NetworkPolicy knows addresses only",
            "write the addresses that it resolves to, such as 10.20.0.0/16",
            None,
        ),
    ),
    (
        "10.20.0.0/16",
        '"fe80::1%eth0/64"',
        (
            "bad-cidr",
            '"fe80::1%eth0/64"',
            62,
            "`fe80::1%eth0/64` is no range of addresses",
            "write one such as 10.20.0.0/16",
            None,
        ),
    ),
    # Types
    (
        "devices: 1200",
        "devices: many",
        (
            "wrong-type",
            "many",
            11,
            "`devices` has to be a whole number, not the text `many`",
            "write a number without point and unit",
            None,
        ),
    ),
    (
        "devices: 1200",
        'devices: "1200"',
        (
            "wrong-type",
            '"1200"',
            11,
            "`devices` has to be a whole number, not the text `1200`",
            "write `1200`",
            "1200",
        ),
    ),
    (
        "devices: 1200",
        "devices: 1200.0",
        (
            "wrong-type",
            "1200.0",
            11,
            "`devices` has to be a whole number, not the number `1200.0`",
            "write `1200`",
            "1200",
        ),
    ),
    (
        "devices: 1200",
        "devices: true",
        (
            "wrong-type",
            "true",
            11,
            "`devices` has to be a whole number, not `true`",
            "write a number without point and unit",
            None,
        ),
    ),
    (
        "offline: true",
        "offline: yes",
        (
            "wrong-type",
            "yes",
            17,
            "`offline` has to be true or false, not the text `yes`",
            "write `true`",
            "true",
        ),
    ),
    (
        "offline: true",
        "offline: 1",
        (
            "wrong-type",
            "1",
            17,
            "`offline` has to be true or false, not the number `1`",
            "write true or false",
            None,
        ),
    ),
    (
        'jetpack: "6.2"',
        "jetpack: 6.2",
        (
            "wrong-type",
            "6.2",
            7,
            "`jetpack` has to be text, not the number `6.2`",
            'write it in quotes, like `"6.2"`',
            None,
        ),
    ),
    (
        'jetpack: "6.2"',
        "jetpack: 6",
        ("wrong-type", "6", 7, "`jetpack` has to be text, not the number `6`", 'write `"6"`', '"6"'),
    ),
    (
        "version: 3.4.0",
        "version: 3",
        (
            "wrong-type",
            "3",
            22,
            "`version` has to be text, not the number `3`",
            'write it in quotes, like `"3.4.0"`',
            None,
        ),
    ),
    (
        "fleet: acme\n",
        "fleet: 2026\n",
        (
            "wrong-type",
            "2026",
            2,
            "`fleet` has to be text, not the number `2026`",
            'write `"2026"`',
            '"2026"',
        ),
    ),
    (
        'jetpack: "6.2"',
        "jetpack: {a: 1}",
        ("wrong-type", "{a: 1}", 7, "`jetpack` has to be text, not a mapping", "write text", None),
    ),
    (
        "[onnxruntime-cpu/int8, rule]",
        "onnxruntime-cpu/int8",
        (
            "wrong-type",
            "onnxruntime-cpu/int8",
            47,
            "`tiers` has to be a list, not the text `onnxruntime-cpu/int8`",
            "write `[onnxruntime-cpu/int8]`",
            "[onnxruntime-cpu/int8]",
        ),
    ),
    (
        "[onnxruntime-cpu/int8, rule]",
        '"onnxruntime-cpu/int8, rule"',
        (
            "wrong-type",
            '"onnxruntime-cpu/int8, rule"',
            47,
            "`tiers` has to be a list, not the text `onnxruntime-cpu/int8, rule`",
            "write `[onnxruntime-cpu/int8, rule]`",
            None,
        ),
    ),
    (
        "load: {requests: 5/s, labelled: 0.1%}",
        "load: 5/s",
        (
            "wrong-type",
            "5/s",
            35,
            "`load` has to be a mapping, not the text `5/s`",
            "write fields below it: requests, labelled",
            None,
        ),
    ),
    (
        "images: {jetpack6: server, amd64: server}",
        "images: [server]",
        (
            "wrong-type",
            "[server]",
            29,
            "`images` has to be a mapping, not a list",
            "give each entry a name: `name: …`",
            None,
        ),
    ),
    # Limits
    (
        "devices: 1200",
        "devices: 0",
        (
            "out-of-range",
            "0",
            11,
            "`0` is less than 1, the least that `devices` can be",
            "write 1 or more",
            None,
        ),
    ),
    (
        "port: 443",
        "port: 70000",
        (
            "out-of-range",
            "70000",
            62,
            "`70000` is more than 65535, the most that `port` can be",
            "write 65535 or less",
            None,
        ),
    ),
    (
        "[onnxruntime-cpu/int8, rule]",
        "[]",
        ("out-of-range", "[]", 47, "`tiers` is empty", "give it at least one entry", None),
    ),
    (
        "images: {jetpack6: server, amd64: server}",
        "images: {}",
        ("out-of-range", "{}", 29, "`images` is empty", "give it at least one entry", None),
    ),
    (
        "powerMode: 25W",
        f"powerMode: {'W' * 41}",
        (
            "out-of-range",
            "W" * 41,
            8,
            "`powerMode` has 41 characters, and 40 is the most",
            "shorten it",
            None,
        ),
    ),
    (
        "time-slicing, replicas: 2",
        "mig, profile: ''",
        ("out-of-range", "''", 14, "`profile` is empty", "give it a value", None),
    ),
    (
        "against: previous",
        "against: {accuracy: 910%}",
        ("out-of-range", "910%", 55, "`910%` is more than 100%", "write at most 100%", None),
    ),
    # Amounts
    (
        "memory: 6Gi",
        "memory: 6GB",
        (
            "bad-unit",
            "6GB",
            44,
            "`6GB` is not an amount of memory",
            "write `6Gi` (6,442,450,944 bytes) or `6G` (6,000,000,000 bytes)",
            None,
        ),
    ),
    (
        "p99: 40ms",
        "p99: 40",
        (
            "bad-unit",
            "40",
            36,
            "`40` has no unit, and a duration needs one",
            "write the unit too, such as `40ms`",
            None,
        ),
    ),
    (
        "accuracyDrop: 3pp",
        "accuracyDrop: 3%",
        ("bad-unit", "3%", 52, "`3%` is not a difference in percentage points", "write `3pp`", "3pp"),
    ),
    (
        "upTo: 1%",
        "upTo: 0.01",
        (
            "bad-unit",
            "0.01",
            52,
            "`0.01` has no unit, and a share needs one",
            "write `0.01%`, or `1%` if it is a fraction of one",
            None,
        ),
    ),
    (
        "memory: 6Gi",
        "memory: [6Gi]",
        (
            "bad-unit",
            "[6Gi]",
            44,
            "a list is not an amount of memory",
            "write a number with its unit (Ti, T, Gi, G, Mi, M, Ki, k, B), such as `6Gi`",
            None,
        ),
    ),
    # Nothing where something is meant
    (
        "inventory: stacks/inventory.csv",
        "inventory:",
        (
            "empty-field",
            "inventory",
            19,
            "`inventory` has no value",
            "give it one, or remove it to take the default",
            None,
        ),
    ),
    (
        MODEL,
        "    model:\n    rollout",
        ("empty-field", "model", 32, "`model` has no value", "give it one, such as `surface-defects`", None),
    ),
    (
        "[onnxruntime-cpu/int8, rule]",
        "[onnxruntime-cpu/int8, ~]",
        ("empty-field", "~", 47, "item 2 of this list has no value", "give it one, or remove it", None),
    ),
    (
        KIOSK,
        "  kiosk:\n",
        ("empty-field", "kiosk", 15, "`kiosk` has no value", "give it one, or remove it", None),
    ),
    (
        "apiVersion: edgewright.dev/v1alpha1",
        "apiVersion:",
        (
            "empty-field",
            "apiVersion",
            1,
            "`apiVersion` has no value",
            "write `edgewright.dev/v1alpha1`",
            None,
        ),
    ),
]


def test_the_base_is_right() -> None:
    assert told(BASE) == []


@pytest.mark.parametrize(
    ("old", "new", "answer"), CASES, ids=[f"{case[2][0]} {case[1][:30]}" for case in CASES]
)
def test_answers(old: str, new: str, answer: Answer) -> None:
    assert told(changed((old, new))) == [Told(*answer)]


@pytest.mark.parametrize(
    ("old", "new", "answer"), CASES, ids=[f"{case[2][0]} {case[1][:30]}" for case in CASES]
)
def test_what_is_put_there_instead_is_right(
    old: str, new: str, answer: tuple[str, str, int, str, str, str | None]
) -> None:
    text = changed((old, new))
    if answer[-1] is not None:
        assert told(apply_replacements(Source("fleet.yaml", text), findings(text))) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[1][:30])
def test_the_words_are_plain(case: tuple[str, str, Answer]) -> None:
    _, _, message, remedy = case[2][1:5]
    for text in (message, remedy):
        assert not re.search(r"Input should|pydantic|type=|None|tuple|dict\b|\bstr\b|\bint\b|'>", text)
        assert not text.endswith(".")
    assert re.match(r"[a-z`]", remedy)


def test_of_two_fields_that_may_mean_one_the_first_is_put_right() -> None:
    text = changed((MODEL, "    modle: defects\n    modell: defects\n    rollout"))
    assert [(each.underlined, each.replacement) for each in told(text)] == [
        ("modle", "model"),
        ("modell", None),
    ]


def test_a_field_that_is_there_cannot_be_meant_a_second_time() -> None:
    text = changed((MODEL, "    model: defects\n    modle: defects\n    rollout"))
    assert [(each.underlined, each.replacement) for each in told(text)] == [("modle", None)]


@pytest.mark.parametrize("old", ["cpu: 16, ", "{cpu: 2, memory: 2Gi}", "{cpu: 2, memory: 6Gi"])
def test_of_two_fields_that_are_equally_near_the_one_that_has_to_be_there_is_meant(old: str) -> None:
    (slip,) = told(changed((old, old.replace("cpu", "pu"))))
    assert (slip.underlined, slip.remedy) == ("pu", "write `cpu`")


def test_the_own_steps_of_pydantic_are_in_no_path() -> None:
    text = changed(("against: previous", "against: {accuracy: 1, p99: x, figures: 1, word: 2}"))
    assert sorted((finding.rule, finding.path[3:]) for finding in findings(text)) == [
        ("bad-unit", ("accuracy",)),
        ("bad-unit", ("p99",)),
        ("unknown-field", ("figures",)),
        ("unknown-field", ("word",)),
    ]


def test_a_name_like_a_step_of_pydantic_is_a_name() -> None:
    text = changed(("  inspect:", '  "[key]": 5\n  inspect:'))
    assert [(finding.rule, finding.path, finding.on_key) for finding in findings(text)] == [
        ("bad-name", ("workloads", "[key]"), True),
        ("wrong-type", ("workloads", "[key]"), False),
    ]


def test_long_values_are_cut() -> None:
    text = changed(("version: 3.4.0", f"version: {'x' * 5000}"))
    (answer,) = told(text)
    assert len(answer.message) < 120
    text = changed(("    expose: cluster", f"    {'x' * 900}: 1"))
    assert all(len(each.message) < 200 for each in told(text))


def test_no_finding_can_be_waived() -> None:
    text = changed(("memory: 6Gi", "memory: 6GB"), ("devices: 1200", "devices: x"), ("port: 443", "prt: 443"))
    assert [finding.waivable for finding in findings(text)] == [False] * 3
