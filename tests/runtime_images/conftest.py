"""One server that echoes, for all tests that hold the protocol's sentences against it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.runtime_images.echo import echoing
from tests.runtime_images.serving import Served


@pytest.fixture(scope="session")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with echoing(tmp_path_factory.mktemp("echo")) as running:
        yield running
