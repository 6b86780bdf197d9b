"""Goldens: text that a test compares with a file of tests/goldens/, or writes there when asked to."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

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
