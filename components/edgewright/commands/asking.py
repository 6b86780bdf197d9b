"""What `lock` may ask beside the fleet's folder: layouts of images that were built, and the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from edgewright.commands.rolling.registry import registry_options
from edgewright.errors import Finding, FleetError

if TYPE_CHECKING:
    from edgewright.catalogue import Catalogue
    from edgewright.fleet import Fleet
    from edgewright.workshop.sources import Registry, Sources

_RETRIES: Final = 1
_PATIENCE: Final = 5.0
"""Seconds until a registry has to take a connection: whoever locks has other things to do than wait for it."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What was said on the command line about where images come from."""

    layouts: Path | None
    offline: bool
    verify: bool
    upgrade: bool
    upgrade_images: tuple[str, ...]
    plain_http: bool
    ca_file: Path | None

    @contextmanager
    def sources(self, fleet: Fleet, catalogue: Catalogue, folder: Path, *, check: bool) -> Iterator[Sources]:
        """What may be asked; connections end with it. `check` asks no registry unless it is told to."""
        from edgewright.assembly.publication.images import IMAGES
        from edgewright.workshop.sources import Sources

        known = self._known(fleet, catalogue)
        layouts, upgrade = self.layouts or folder / IMAGES, frozenset(known)
        if self.offline or (check and not (self.verify or upgrade)):
            yield Sources(layouts, None, False, upgrade)
            return
        with self._registry() as registry:
            yield Sources(layouts, registry, self.verify, upgrade)

    def _known(self, fleet: Fleet, catalogue: Catalogue) -> tuple[str, ...]:
        """The images that may move. Raises UsageError for one that the fleet has not."""
        from edgewright.fleet import runtimes_of, tags_of

        images = tags_of(runtimes_of(fleet, catalogue))
        for name in self.upgrade_images:
            if name not in images:
                raise click.UsageError(f"no runtime has an image `{name}`; there are {', '.join(images)}")
        return tuple(images) if self.upgrade else self.upgrade_images

    @contextmanager
    def _registry(self) -> Iterator[Registry]:
        from edgewright.workshop.sources import Registry

        try:
            from edgewright.ship.registry import Access, Client
        except ModuleNotFoundError as error:
            yield Registry(_without(error.name or "urllib3"))
            return
        access = Access(
            plain_http=self.plain_http, ca_file=self.ca_file, retries=_RETRIES, connect_timeout=_PATIENCE
        )
        with Client(access) as client:
            yield Registry(client.repository)


def _without(package: str) -> Callable[[str], NoReturn]:
    def repository(name: str) -> NoReturn:
        message = f"asking a registry for `{name}` needs the Python package {package}"
        remedy = "install it: pip install 'edgewright[publish]', or lock with --offline"
        raise FleetError([Finding("tool-missing", "error", message, remedy)])

    return repository


def asking_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --images, --offline, --verify, --upgrade, --upgrade-image and how to reach the registry."""

    @wraps(command)
    def with_asking(
        images: Path | None,
        offline: bool,
        verify: bool,
        upgrade: bool,
        upgrade_image: tuple[str, ...],
        plain_http: bool,
        ca_file: Path | None,
        **others: Any,
    ) -> Any:
        if offline and verify:
            raise click.UsageError("--verify asks the registry, and --offline does not let it")
        asking = Asking(images, offline, verify, upgrade, upgrade_image, plain_http, ca_file)
        return command(asking=asking, **others)

    folder = click.Path(path_type=Path, exists=True, file_okay=False)
    with_asking = registry_options(with_asking)
    for option in reversed(
        (
            click.option(
                "--images", type=folder, help="OCI layouts by image  [default: build/images beside FILE]"
            ),
            click.option("--offline", is_flag=True, help="Ask no registry."),
            click.option("--verify", is_flag=True, help="Ask the registry for what is pinned, too."),
            click.option("--upgrade", is_flag=True, help="Pin every image as it is built or tagged now."),
            click.option("--upgrade-image", multiple=True, metavar="IMAGE", help="The same for one image."),
        )
    ):
        with_asking = option(with_asking)
    return with_asking
