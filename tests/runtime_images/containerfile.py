"""A Containerfile as its instructions, and what is wrong with it: the checks of hadolint that matter here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_STAGE = re.compile(r"(?:--platform=\S+ )?(\S+)(?: AS ([a-z0-9-]+))?")
_VARIABLE = re.compile(r"\$\{([A-Z_]+)\}")
_PINNED = re.compile(r"[a-z0-9./-]+:[A-Za-z0-9._-]+@sha256:[0-9a-f]{64}")
_SECRET = re.compile(r"(?i)(password|secret|token|_key)\b")


@dataclass(frozen=True, slots=True)
class Instruction:
    """A word such as RUN and what follows, its lines joined."""

    word: str
    rest: str


@dataclass(frozen=True, slots=True)
class Containerfile:
    """All instructions in their order."""

    instructions: tuple[Instruction, ...]

    def of(self, word: str) -> list[str]:
        return [each.rest for each in self.instructions if each.word == word]

    @property
    def arguments(self) -> dict[str, str]:
        """Arguments with a value."""
        return dict(each.split("=", 1) for each in self.of("ARG") if "=" in each)

    @property
    def last_stage(self) -> list[Instruction]:
        start = max(at for at, each in enumerate(self.instructions) if each.word == "FROM")
        return list(self.instructions[start:])

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the image."""
        text = " ".join(each.rest for each in self.last_stage if each.word == "ENV")
        return {name: value.strip('"') for name, value in re.findall(r'(\w+)=("[^"]*"|\S+)', text)}

    @property
    def labels(self) -> dict[str, str]:
        text = " ".join(each.rest for each in self.last_stage if each.word == "LABEL")
        return dict(re.findall(r'([\w.]+)="([^"]*)"', text))

    @property
    def bases(self) -> dict[str, str]:
        """Stage ⇒ what it begins with, variables replaced. The last one, which has no name, is ``""``."""
        found = {}
        for each in self.of("FROM"):
            match = _STAGE.fullmatch(each)
            assert match, each
            found[match[2] or ""] = _VARIABLE.sub(lambda name: self.arguments[name[1]], match[1])
        return found


def read(file: Path, image: str = "") -> Containerfile:
    """The instructions of a file, as for an image; comments and empty lines are left out."""
    text = file.read_text().replace("${IMAGE}", image)
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    words = (line.split(None, 1) for line in joined.splitlines() if line.strip())
    return Containerfile(tuple(Instruction(word, rest) for word, rest in words))


def faults(file: Containerfile, context: Path | None) -> Iterator[str]:
    """What is wrong, in words. `context` is the folder that COPY reads, where it is not laid by a command."""
    yield from _bases(file)
    yield from _commands(file)
    yield from _image(file)
    for each in file.of("COPY"):
        yield from _copy(each, file, context)


def _bases(file: Containerfile) -> Iterator[str]:
    stages: set[str] = set()
    for stage, base in file.bases.items():
        if base != "scratch" and base not in stages and not _PINNED.fullmatch(base):
            yield f"FROM {base}: pin it by tag and digest"
        stages.add(stage)


def _commands(file: Containerfile) -> Iterator[str]:
    bash = any("pipefail" in each for each in file.of("SHELL"))
    for each in file.of("RUN"):
        if re.search(r"\bsudo\b", each):
            yield f"RUN {each[:40]}: no sudo"
        if re.search(r"\b(curl|wget)\b", each):
            yield f"RUN {each[:40]}: what is fetched has no hash"
        if "apt-get install" in each:
            if "apt-get update" not in each or "/var/lib/apt/lists" not in each:
                yield f"RUN {each[:40]}: update, install and clean up in one step"
            if "--no-install-recommends" not in each or "--yes" not in each:
                yield f"RUN {each[:40]}: --yes --no-install-recommends"
        if re.search(r"\bapt (install|update)", each):
            yield f"RUN {each[:40]}: apt-get, as apt is for people"
        if re.search(r"pip install(?!.*--require-hashes)(?!.*--no-index)", each):
            yield f"RUN {each[:40]}: wheels by their hashes"
        if re.search(r"\bcd /", each.split("&&")[0]):
            yield f"RUN {each[:40]}: WORKDIR instead of cd"
        if "|" in each.replace("||", "") and not bash:
            yield f"RUN {each[:40]}: a pipe hides a failure without pipefail"


def _image(file: Containerfile) -> Iterator[str]:
    if file.of("ADD"):
        yield "ADD: COPY, which fetches and unpacks nothing"
    last = {each.word: each.rest for each in file.last_stage}
    if last.get("USER") != "65532:65532":
        yield "USER: 65532:65532, a number that Kubernetes can check"
    for word in ("ENTRYPOINT", "CMD"):
        if word in last and not _is_exec_form(last[word]):
            yield f"{word}: as a list, for there is no shell"
    if "ENTRYPOINT" not in last:
        yield "ENTRYPOINT: is missing"
    if not last.get("WORKDIR", "").startswith("/"):
        yield "WORKDIR: an absolute path"
    if any(_SECRET.search(name) for name in (*file.environment, *file.arguments)):
        yield "ENV or ARG: a secret stays in the image"
    for name in ("title", "description", "version", "licenses"):
        if not file.labels.get(f"org.opencontainers.image.{name}"):
            yield f"LABEL: org.opencontainers.image.{name} is missing"


def _is_exec_form(text: str) -> bool:
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, list) and found[0].startswith("/")


def _copy(text: str, file: Containerfile, context: Path | None) -> Iterator[str]:
    flags = [each for each in text.split() if each.startswith("--")]
    paths = [each for each in text.split() if not each.startswith("--")]
    stages = [each.removeprefix("--from=") for each in flags if each.startswith("--from=")]
    if any(stage not in file.bases for stage in stages):
        yield f"COPY {text}: there is no such stage"
    if stages or context is None:
        return
    for path in paths[:-1]:
        if ".." in path or not (context / path).exists():
            yield f"COPY {text}: {path} is not in the context"
