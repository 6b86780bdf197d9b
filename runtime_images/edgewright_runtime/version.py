"""The server's own version."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("edgewright-runtime")
except PackageNotFoundError:  # run from a folder
    VERSION = "0"
