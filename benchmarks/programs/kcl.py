"""Runs a KCL program with the compiler's own Python binding: python kcl.py FILE COUNT.

The seconds that the compiler itself takes go to stderr: what is left of the process is Python's part.
"""

from __future__ import annotations

import sys
from time import perf_counter

from kcl_lib import api  # type: ignore[import-not-found]

arguments = [api.Argument(name="count", value=sys.argv[2])]
start = perf_counter()
result = api.API().exec_program(api.ExecProgramArgs(k_filename_list=[sys.argv[1]], args=arguments))
seconds = perf_counter() - start
if result.err_message:
    sys.exit(result.err_message)
sys.stdout.write(result.yaml_result)
print(f"{seconds:.6f}", file=sys.stderr)
