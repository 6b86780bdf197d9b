"""Bytes to OCI layouts and digests: pure, streaming, and the same bytes every time."""
