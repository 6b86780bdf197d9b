"""The part of SARIF 2.1.0 that is written here, as types; the names are the standard's."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class Message(TypedDict):
    text: str


class Help(TypedDict):
    text: str
    markdown: str


class Configuration(TypedDict):
    level: str


class Rule(TypedDict):
    id: str
    shortDescription: Message
    fullDescription: NotRequired[Message]
    defaultConfiguration: NotRequired[Configuration]
    help: NotRequired[Help]


class ArtifactLocation(TypedDict):
    uri: str
    uriBaseId: NotRequired[str]


class Region(TypedDict):
    startLine: int
    startColumn: int
    endLine: int
    endColumn: int


class PhysicalLocation(TypedDict):
    artifactLocation: ArtifactLocation
    region: NotRequired[Region]


class LogicalLocation(TypedDict):
    fullyQualifiedName: str
    kind: str


class Location(TypedDict):
    id: NotRequired[int]
    physicalLocation: NotRequired[PhysicalLocation]
    logicalLocations: NotRequired[list[LogicalLocation]]
    message: NotRequired[Message]


class Replacement(TypedDict):
    deletedRegion: Region
    insertedContent: Message


class ArtifactChange(TypedDict):
    artifactLocation: ArtifactLocation
    replacements: list[Replacement]


class Fix(TypedDict):
    description: Message
    artifactChanges: list[ArtifactChange]


class Result(TypedDict):
    ruleId: str
    ruleIndex: int
    level: str
    message: Message
    locations: NotRequired[list[Location]]
    relatedLocations: NotRequired[list[Location]]
    partialFingerprints: dict[str, str]
    fixes: NotRequired[list[Fix]]
