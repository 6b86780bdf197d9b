"""The closed sets of strings in Kubernetes' Go types, which swagger.json leaves out.

A Go type marked `+enum` has its values as constants of that type. What comes out is keyed as swagger
keys it: definition, then property, so that `core.v1.ServiceSpec` has `type` with four values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

_TYPE = re.compile(r"((?:^//[^\n]*\n)*)^type (\w+) (string|struct \{)", re.MULTILINE)
_CONSTANT = re.compile(r'^\s*(?:const\s+)?\w+\s+(\w+)\s*=\s*"([^"]*)"', re.MULTILINE)
_FIELD = re.compile(r'^\t(?:\w+\s+)?(?:\*|\[\])*([\w.]+)\s+`json:"([^",]*)[^`]*`', re.MULTILINE)
_IMPORT = re.compile(r'^\t(?:(\w+) )?"(k8s\.io/[^"]+)"', re.MULTILINE)

# Closed sets that the API server checks although their Go types lack the mark.
_UNMARKED = {
    "ContainerRestartPolicy",
    "ContainerRestartRuleAction",
    "ContainerRestartRuleOnExitCodesOperator",
    "LabelSelectorOperator",
    "LimitType",
    "OSName",
    "PersistentVolumeClaimRetentionPolicyType",
    "PodSELinuxChangePolicy",
    "RecursiveReadOnlyMode",
    "ResourceResizeRestartPolicy",
}

Enums = dict[str, dict[str, list[str]]]


@dataclass
class _Package:
    enums: dict[str, list[str]] = field(default_factory=dict)
    structs: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)


def enums(modules: dict[str, Path], packages: dict[str, str]) -> Enums:
    """Definition ⇒ property ⇒ the values allowed, for every struct of `packages`.

    `modules` is module path ⇒ folder; `packages` is the swagger name of a package (`core.v1`) ⇒ its Go
    import path (`k8s.io/api/core/v1`).
    """
    read = {path: _read(_folder(modules, path)) for path in packages.values()}
    found: Enums = {}
    for prefix, path in packages.items():
        for struct in read[path].structs:
            properties = _properties(read, path, struct)
            if properties:
                found[f"{prefix}.{struct}"] = properties
    return found


def _folder(modules: dict[str, Path], path: str) -> Path:
    for module, folder in modules.items():
        if path.startswith(module + "/"):
            return folder / path.removeprefix(module + "/")
    raise KeyError(path)


def _read(folder: Path) -> _Package:
    package = _Package()
    values: dict[str, list[str]] = {}
    for source in sorted(folder.glob("*types*.go")):
        text = source.read_text(encoding="utf-8")
        for name, value in _CONSTANT.findall(text):
            values.setdefault(name, []).append(value)
        for alias, path in _IMPORT.findall(text):
            package.imports[alias or path.rsplit("/", 1)[1]] = path
        for found in _TYPE.finditer(text):
            comment, name, form = found.groups()
            if form == "string" and ("+enum" in comment or name in _UNMARKED):
                package.enums[name] = []
            elif form != "string":
                body = text[found.end() : text.index("\n}", found.end())]
                package.structs[name] = _FIELD.findall(body)
    for name in package.enums:
        package.enums[name] = sorted(set(values.get(name, [])))
    return package


def _properties(read: dict[str, _Package], path: str, struct: str) -> dict[str, list[str]]:
    """Property ⇒ values of one struct; a field without a name of its own brings its struct's fields."""
    package = read[path]
    found: dict[str, list[str]] = {}
    for type_name, property_name in package.structs.get(struct, ()):
        alias, _, name = type_name.rpartition(".")
        home = package.imports.get(alias, "") if alias else path
        if home not in read:
            continue
        if not property_name:
            found |= _properties(read, home, name)
        elif read[home].enums.get(name):
            found[property_name] = read[home].enums[name]
    return found
