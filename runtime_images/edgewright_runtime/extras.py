"""What a configuration asks for beyond the server itself: extras of the distribution, which may be missing."""

from __future__ import annotations

from importlib.util import find_spec

from edgewright_runtime.config import Config, ConfigError


def check_extras(config: Config) -> None:
    """Raise ConfigError where an extra that is asked for is not installed."""
    if config.grpc_port is not None and not (find_spec("grpc") and _has("google.protobuf")):
        raise ConfigError(
            "`grpc` is configured, and gRPC is not installed here: install edgewright-runtime[grpc], "
            "or leave `grpc` out of the configuration"
        )
    if config.tracing is not None and not _has("opentelemetry.exporter.otlp.proto.http"):
        raise ConfigError(
            "`tracing` is configured, and OpenTelemetry is not installed here: install edgewright-runtime[otel], "
            "or leave `tracing` out of the configuration"
        )


def _has(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package around it
        return False
