"""Which fields stand at a path of the fleet: for answers that name what was meant, and for `explain`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from edgewright.errors import FieldPath


def alias(name: str, field: FieldInfo) -> str:
    """The field's name as fleet.yaml writes it."""
    return field.alias or name


@cache
def fields_of(model: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """The fields of a part by the names that fleet.yaml uses."""
    return {alias(name, field): field for name, field in model.model_fields.items()}


def part_of(annotation: Any) -> type[BaseModel] | None:
    """The part that a field holds: itself, in a list, as the values of a mapping, or optional."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return part_of(arguments[0])
    if origin in (Union, UnionType, tuple):
        return next((part for each in arguments if (part := part_of(each))), None)
    if origin is dict:
        return part_of(arguments[1])
    return None


def is_mapping(annotation: Any) -> bool:
    """Whether the field's keys are names that the user chooses."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType, Annotated):
        return any(is_mapping(each) for each in arguments)
    return origin is dict


def is_list(annotation: Any) -> bool:
    """Whether the field holds a list."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType, Annotated):
        return any(is_list(each) for each in arguments)
    return origin is tuple


def field_at(root: type[BaseModel], path: FieldPath) -> FieldInfo | None:
    """The field at a path; the steps through names of the user's and indices of lists are passed over."""
    model: type[BaseModel] | None = root
    field: FieldInfo | None = None
    named = False
    for step in path:
        if isinstance(step, int) or named:
            named = False
            continue
        field = fields_of(model).get(step) if model else None
        if field is None:
            return None
        model, named = part_of(field.annotation), is_mapping(field.annotation)
    return field


def part_at(root: type[BaseModel], path: FieldPath) -> type[BaseModel] | None:
    """The part whose fields stand below a path."""
    if not path:
        return root
    field = field_at(root, path)
    return part_of(field.annotation) if field else None


def walk(root: type[BaseModel], path: FieldPath = ()) -> Iterator[tuple[FieldPath, FieldInfo]]:
    """Every field below a part with its path; names of the user's stand as `*`, indices as 0."""
    for name, field in fields_of(root).items():
        yield (*path, name), field
        inner = part_of(field.annotation)
        if inner is not None:
            if is_mapping(field.annotation):
                yield from walk(inner, (*path, name, "*"))
            elif is_list(field.annotation):
                yield from walk(inner, (*path, name, 0))
            else:
                yield from walk(inner, (*path, name))


def accepts(root: type[BaseModel], path: FieldPath, value: Any) -> bool:
    """Whether the value would be right at the path, as a field or as an item of a list."""
    field = field_at(root, path)
    if field is None:
        return False
    from pydantic import TypeAdapter, ValidationError  # late: only a mistake needs them

    kind: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    try:
        TypeAdapter(kind).validate_python([value] if isinstance(path[-1], int) else value)
    except ValidationError:
        return False
    return True


def is_entry(root: type[BaseModel], path: FieldPath) -> bool:
    """Whether the last step is a name that the user chose, in a mapping that may hold any."""
    field = field_at(root, path[:-1]) if len(path) > 1 else None
    if field is None or not is_mapping(field.annotation):
        return False
    return field_at(root, path) is field and not _is_named(root, path[:-1])


def _is_named(root: type[BaseModel], path: FieldPath) -> bool:
    return len(path) > 1 and field_at(root, path[:-1]) is field_at(root, path)


def outline_of(root: type[BaseModel], path: FieldPath) -> str:
    """How the field is written, as far as the language fixes it: its words, or the fields below it."""
    field, part = field_at(root, path), part_at(root, path)
    name = path[-1]
    if field is None:
        return f"`{name}:`"
    if part is None:
        is_word = get_origin(field.annotation) is Literal
        return f"`{name}:`" + (f" with one of {', '.join(get_args(field.annotation))}" if is_word else "")
    needed = [each for each, its in fields_of(part).items() if its.is_required()]
    below = f"{{{', '.join(f'{each}: …' for each in needed or list(fields_of(part))[:1])}}}"
    if is_mapping(field.annotation):
        return f"`{name}:` and below it an entry such as `my-name: {below}`"
    return f"`{name}: {f'[{below}]' if is_list(field.annotation) else below}`"
