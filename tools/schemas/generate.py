"""Writes components/edgewright/scan/schemas/ from the pinned Go modules: same modules, same bytes.

    python tools/schemas/generate.py          writes the schemas
    python tools/schemas/generate.py --pin    writes go.sum first, after a version in a go.mod was changed

Needs `go` and its module proxy (or its cache), and PyYAML. Builds nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import yaml

from constants import enums
from crd import convert
from modules import ModuleChanged, ModuleMissing, fetch, pins, write_sums
from swagger import definitions, scopes

HERE = Path(__file__).resolve().parent
OUT = HERE.parents[1] / "components" / "edgewright" / "scan" / "schemas"

# The other Kubernetes versions are pinned beside the main one: a go.mod requires a module only once.
OTHER_KUBERNETES = tuple(HERE / f"kubernetes-{version}" for version in ("1.34", "1.35", "1.37"))

KINDS: dict[str, tuple[str, ...]] = {
    "apps/v1": ("DaemonSet", "Deployment", "StatefulSet"),
    "batch/v1": ("Job",),
    "networking.k8s.io/v1": ("NetworkPolicy",),
    "node.k8s.io/v1": ("RuntimeClass",),
    "policy/v1": ("PodDisruptionBudget",),
    "rbac.authorization.k8s.io/v1": ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"),
    "scheduling.k8s.io/v1": ("PriorityClass",),
    "v1": (
        "ConfigMap", "LimitRange", "Namespace", "PersistentVolumeClaim", "Pod", "ResourceQuota", "Secret",
        "Service", "ServiceAccount",
    ),
}  # fmt: skip

PACKAGES = {
    **{f"{group}.v1": f"k8s.io/api/{group}/v1" for group in
       ("apps", "batch", "core", "networking", "node", "policy", "rbac", "scheduling")},
    "meta.v1": "k8s.io/apimachinery/pkg/apis/meta/v1",
}  # fmt: skip

_ARGO = "github.com/argoproj/argo-rollouts"
_KYVERNO = "github.com/kyverno/kyverno"

# Module, the CRD's file in it, and the version of the kind that we write.
CUSTOM = (
    (_ARGO, "manifests/crds/analysis-template-crd.yaml", "v1alpha1"),
    (_ARGO, "manifests/crds/cluster-analysis-template-crd.yaml", "v1alpha1"),
    (_ARGO, "manifests/crds/rollout-crd.yaml", "v1alpha1"),
    ("github.com/fluxcd/kustomize-controller",
     "config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml", "v1"),
    ("github.com/fluxcd/source-controller",
     "config/crd/bases/source.toolkit.fluxcd.io_ocirepositories.yaml", "v1"),
    ("github.com/k3s-io/helm-controller", "pkg/crds/yaml/generated/helm.cattle.io_helmcharts.yaml", "v1"),
    (_KYVERNO, "config/crds/kyverno/kyverno.io_clusterpolicies.yaml", "v1"),
    (_KYVERNO, "config/crds/policies.kyverno.io/policies.kyverno.io_imagevalidatingpolicies.yaml", "v1"),
    (_KYVERNO, "config/crds/policies.kyverno.io/policies.kyverno.io_validatingpolicies.yaml", "v1"),
)  # fmt: skip


def generated() -> dict[str, str]:
    """File name ⇒ text of every schema file.

    Raises ModuleMissing and ModuleChanged as modules.fetch does.
    """
    name, text = _kubernetes(HERE)
    native = json.loads(text)["definitions"]
    meta = native["meta.v1.ObjectMeta"]
    meta["properties"]["creationTimestamp"] = native["meta.v1.Time"]
    others = dict(_kubernetes(folder) for folder in OTHER_KUBERNETES)
    custom = dict(_custom(module, path, version, meta) for module, path, version in CUSTOM)
    return {name: text, **others, **custom}


def _kubernetes(folder: Path) -> tuple[str, str]:
    names = ("k8s.io/api", "k8s.io/apimachinery", "k8s.io/kubernetes")
    modules = {name: fetch(folder, name) for name in names}
    source = modules["k8s.io/kubernetes"] / "api" / "openapi-spec" / "swagger.json"
    swagger = json.loads(source.read_text(encoding="utf-8"))
    scope = scopes(swagger)
    kinds = {
        f"{version} {kind}": {"definition": f"{_package(version)}.{kind}", "scope": scope[version, kind]}
        for version, names in KINDS.items()
        for kind in names
    }
    roots = [entry["definition"] for entry in kinds.values()]
    version = pins(folder)["k8s.io/kubernetes"]
    text = _lines(
        {
            "module": f"k8s.io/kubernetes@{version}",
            "kinds": kinds,
            "definitions": definitions(swagger, roots, enums(modules, PACKAGES)),
        },
        depth=2,
    )
    return f"kubernetes-{version.removeprefix('v').rpartition('.')[0]}.json", text


def _package(api_version: str) -> str:
    group = api_version.rpartition("/")[0].split(".")[0] or "core"
    return f"{group}.v1"


def _custom(module: str, path: str, version: str, meta: dict[str, Any]) -> tuple[str, str]:
    source = (fetch(HERE, module) / path).read_text(encoding="utf-8")
    definition = yaml.load(source, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    spec = definition["spec"]
    content = {
        "module": f"{module}@{pins(HERE)[module]}",
        "scope": spec["scope"],
        "schema": convert(definition, version, meta),
    }
    return f"{spec['group']}-{version}-{spec['names']['kind']}.json", _lines(content, depth=3)


def _lines(content: dict[str, Any], depth: int) -> str:
    """JSON with a line for each entry of the upper levels: quick to read in, and a diff shows the change."""
    return _written(content, depth, "") + "\n"


def _written(value: Any, depth: int, indent: str) -> str:
    if not isinstance(value, dict) or not value or depth == 0:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    inner = indent + " "
    entries = [f"{inner}{json.dumps(key)}: {_written(value[key], depth - 1, inner)}" for key in value]
    return "{\n" + ",\n".join(entries) + f"\n{indent}}}"


def main() -> int:
    """0 when the schemas are written; 1, with the reason on standard error, when a module is missing."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("--pin", action="store_true", help="write go.sum for the versions in go.mod first")
    arguments = parser.parse_args()
    try:
        if arguments.pin:
            for folder in (HERE, *OTHER_KUBERNETES):
                write_sums(folder)
        files = generated()
    except (ModuleMissing, ModuleChanged) as reason:
        print(f"schemas not written: {reason}", file=sys.stderr)
        return 1
    for old in OUT.glob("*.json"):
        old.unlink()
    for name, text in sorted(files.items()):
        (OUT / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
