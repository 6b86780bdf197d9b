"""The power mode of a Jetson, set before K3s counts the cores that it leaves on.

`nvpmodel -m` takes a number, and the number of a mode is not the same on every board and JetPack: the
table of a Jetson Orin NX has 25W as 3, that of an AGX Orin has 30W as 2 and calls it MODE_30W
(nvpmodel_p3767_0000.conf and nvpmodel_p3701_0000.conf, as in
https://github.com/LineageOS/android_device_nvidia_concord/tree/lineage-21/nvpmodel). So it is looked up by
its name in the table that the board itself has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from shlex import quote
from typing import Final

from edgewright.plan import ClassPlan
from edgewright.render.node.file import FOLDER, NodeFile

UNIT: Final = "edgewright-power-mode.service"
SCRIPT: Final = "usr/local/lib/edgewright/power-mode.sh"
_TABLE: Final = "/etc/nvpmodel.conf"


def power_mode(planned: ClassPlan) -> Iterator[NodeFile]:
    """A unit and its script, where the class names a mode."""
    mode = planned.device_class.power_mode
    if mode is None:
        return
    below, origin = f"{planned.name}/{FOLDER}", (*planned.path, "powerMode")
    yield NodeFile(f"{below}/{SCRIPT}", _script(mode), origin)
    yield NodeFile(f"{below}/etc/systemd/system/{UNIT}", _unit(mode), origin)


def _script(mode: str) -> str:
    name = re.sub(r"[^A-Za-z0-9_ -]", r"\\\g<0>", mode)
    pattern = rf"s/^ *< *POWER_MODEL  *ID=\([0-9]*\)  *NAME=\(MODE_\)\{{0,1\}}{name} *>.*/\1/p"
    missing = f"{_TABLE} has no power mode {mode}: the board or its JetPack is another one"
    return f"""\
#!/bin/sh
# The number of a power mode differs between boards and JetPack releases: the board's own table has it.
set -eu
mode=$(sed -n {quote(pattern)} {_TABLE} | head -n 1)
if [ -z "$mode" ]; then
  echo {quote(missing)} >&2
  exit 1
fi
[ "$(nvpmodel -q | tail -n 1)" != "$mode" ] || exit 0
# Some changes need a restart, which nvpmodel asks for.
echo yes | nvpmodel -m "$mode"
"""


def _unit(mode: str) -> str:
    described = mode.replace("%", "%%")
    return f"""\
[Unit]
Description=Power mode {described}, set before K3s counts the cores
After=nvpmodel.service
Before=k3s.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh /{SCRIPT}

[Install]
WantedBy=multi-user.target
"""
