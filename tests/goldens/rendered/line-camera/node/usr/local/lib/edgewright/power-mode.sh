#!/bin/sh
# The number of a power mode differs between boards and JetPack releases: the board's own table has it.
set -eu
mode=$(sed -n 's/^ *< *POWER_MODEL  *ID=\([0-9]*\)  *NAME=\(MODE_\)\{0,1\}25W *>.*/\1/p' /etc/nvpmodel.conf | head -n 1)
if [ -z "$mode" ]; then
  echo '/etc/nvpmodel.conf has no power mode 25W: the board or its JetPack is another one' >&2
  exit 1
fi
[ "$(nvpmodel -q | tail -n 1)" != "$mode" ] || exit 0
# Some changes need a restart, which nvpmodel asks for.
echo yes | nvpmodel -m "$mode"
