"""`python -m edgewright`: the same as the command `edgewright`."""

from __future__ import annotations

import sys

from edgewright.commands.main import main

if __name__ == "__main__":
    sys.exit(main())
