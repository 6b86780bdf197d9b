"""A fleet as text to change at will, and what is told of the change: places of the text, not only paths."""

from __future__ import annotations

from typing import NamedTuple

from edgewright.catalogue import load
from edgewright.document.document import parse_document
from edgewright.document.source import Source
from edgewright.errors import Finding
from edgewright.fleet import FleetReading, read_fleet

BASE = """\
apiVersion: edgewright.dev/v1alpha1
fleet: acme
registry: registry.acme.example/edge
deviceClasses:
  camera:
    board: jetson-orin-nx-16gb
    software: {k3s: v1.36.2+k3s1, jetpack: "6.2"}
    powerMode: 25W
    reserve: {cpu: 500m, memory: 3Gi}
    signatureGate: delivery
    devices: 1200
  gateway:
    host: {arch: amd64, cpu: 16, memory: 64Gi, gpu: nvidia-l4}
    gpuSharing: {strategy: time-slicing, replicas: 2}
  kiosk:
    board: intel-n100-8gb
    offline: true
    signatureGate: bundle
inventory: stacks/inventory.csv
models:
  defects:
    version: 3.4.0
    source: models/defects
    evaluation: {golden: models/golden.npz, floor: 90%}
    variants:
      fp16: {precision: fp16}
      int8: {precision: int8, calibration: {data: models/calibration.npz}, maxDrop: 1pp}
runtimes:
  server: {backends: [tensorrt, onnxruntime-cpu], images: {jetpack6: server, amd64: server}}
workloads:
  inspect:
    model: defects
    rollout: careful
    expose: cluster
    load: {requests: 5/s, labelled: 0.1%}
    latency: {p99: 40ms}
    batching: {maxBatch: 8, window: 2ms}
    whenUnsure: {below: 85%, escalateTo: https://hub.acme.example/v2/models/defects}
    rule: rules/defects.py
    on:
      camera:
        runtime: server
        tiers: [tensorrt/fp16, onnxruntime-cpu/int8, rule]
        resources: {cpu: 2, memory: 6Gi, gpu: 1}
      kiosk:
        runtime: cpu
        tiers: [onnxruntime-cpu/int8, rule]
        resources: {cpu: 2, memory: 2Gi}
rollouts:
  careful:
    stages:
      - {ring: canary, upTo: 1%, soak: 24h, abortWhen: {accuracyDrop: 3pp, errorRate: 5%}}
      - {ring: early, upTo: 10%, soak: 72h}
      - {ring: everyone, upTo: 100%}
    against: previous
security:
  registries: [registry.acme.example/edge/**]
  signatures:
    - images: [registry.acme.example/edge/**]
      anyOf: [{key: keys/fleet.pub}]
  pods: restricted
  network: {default: deny, allow: {egress: [{cidr: 10.20.0.0/16, port: 443}]}}
  policies: [require-digests]
delivery: {engine: flux, interval: 10m}
monitoring:
  alerts:
    gpuTemperature: {warning: 75C, critical: 83C}
"""


def changed(*changes: tuple[str, str]) -> str:
    """The text with each change made once, where it is first found."""
    text = BASE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def reading(text: str) -> FleetReading:
    """The fleet of a text."""
    return read_fleet(parse_document(Source("fleet.yaml", text)).value, load())


def findings(text: str) -> list[Finding]:
    """What document and fleet find in a text, with places."""
    document = parse_document(Source("fleet.yaml", text))
    found = read_fleet(document.value, load()).findings
    return [document.locate(finding) for finding in (*document.findings, *document.without_echoes(found))]


class Told(NamedTuple):
    """A finding as a reader meets it: what is underlined, and what is said."""

    rule: str
    underlined: str
    line: int
    message: str
    remedy: str
    replacement: str | None


def told(text: str) -> list[Told]:
    """What is found in a text, in the order of its lines."""
    out = []
    for finding in findings(text):
        place = finding.place
        assert place is not None
        assert finding.level == "error"
        lines = text.split("\n")
        end = place.end_column - 1 if place.end_line == place.line else None
        underlined = lines[place.line - 1][place.column - 1 : end]
        out.append(
            Told(finding.rule, underlined, place.line, finding.message, finding.remedy, finding.replacement)
        )
    return sorted(out, key=lambda each: (each.line, each.rule))
