"""Models looked into and measured, beside the line from fleet.yaml to manifests; used by commands."""
