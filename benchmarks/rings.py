"""Puts devices into rings: python rings.py DEVICES prints the seconds that it takes, and the rings' sizes."""

from __future__ import annotations

import json
import sys
from time import perf_counter

from big_fleet import device_names
from edgewright.plan.rings import assign

names = list(device_names(int(sys.argv[1])))
start = perf_counter()
rings = assign("acme-inspection", "careful", (10_000, 100_000, 1_000_000), names)
print(json.dumps({"seconds": perf_counter() - start, "rings": [len(ring) for ring in rings]}))
