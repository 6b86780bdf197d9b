"""Server images out of Debian packages and Python wheels alone: what goes in, the bill of it, the OCI layout.

`build_image(recipe, architectures, out, told)` does the whole journey. docs/images.md tells it to people.
"""
