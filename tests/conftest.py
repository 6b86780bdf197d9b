"""Goldens: text that a test compares with a file of tests/goldens/, or writes there when asked to; and a registry
that is real."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# How long one example takes is the machine's affair: a busy one must not turn a test red. And the same code
# gives the same answer: EXPLORE=1 draws other examples, to look for what nobody has thought of.
settings.register_profile("the-same", deadline=None, derandomize=not os.environ.get("EXPLORE"))
settings.load_profile("the-same")

GOLDENS = Path(__file__).parent / "goldens"
sys.path.insert(0, str(Path(__file__).parents[1]))  # what tests share is imported by its full name


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="write the goldens anew: read the diff")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`golden(name, text)` holds when tests/goldens/<name> is exactly the text."""

    def check(name: str, text: str) -> None:
        file = GOLDENS / name
        if request.config.getoption("--update-goldens"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
        assert file.is_file(), f"no golden {name}: pytest --update-goldens writes it"
        assert text == file.read_bytes().decode(), f"{name} differs: pytest --update-goldens writes it anew"

    return check


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of a real registry that all tests of a worker share: take a repository of your own."""
    from tests.real import running_registry

    with running_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


@pytest.fixture(scope="session")
def shipped_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every fleet of tests/shipped.py is a copy of."""
    from tests.shipped import template

    return template(tmp_path_factory.mktemp("shipped") / "template")


@pytest.fixture
def shipped(
    shipped_template: Path,
    tmp_path: Path,
    registry: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    """A fleet that can be published, below a prefix of the registry that no other test has."""
    from hashlib import sha256

    from tests.shipped import PASSWORD, shipped_from

    monkeypatch.setenv("EDGEWRIGHT_KEY_PASSWORD", PASSWORD)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1793491200")
    monkeypatch.setenv("NO_COLOR", "1")
    prefix = f"t{sha256(request.node.nodeid.encode()).hexdigest()[:12]}"
    return shipped_from(shipped_template, tmp_path / "fleet", registry, prefix)
