"""Which keys a spec allows at a place inside it."""

from collections.abc import Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel


def allowed_keys(spec_type: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """Return the keys of the mapping at a location.

    Args:
        spec_type: The spec of the whole file.
        location: Keys and positions from the top, as pydantic names them.

    Returns:
        The names as they stand in the file; none where the mapping takes any key.
    """
    places: list[Any] = [spec_type]
    for part in location:
        places = [inner for place in places for inner in _inside(place, part)]
    return [
        field.validation_alias if isinstance(field.validation_alias, str) else name
        for model in _models(places)
        for name, field in model.model_fields.items()
    ]


def _inside(annotation: Any, part: str | int) -> list[Any]:
    """Types that may stand one step below: of a field, of a list's items, of a mapping's values."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _inside(arguments[0], part)
    if origin in (Union, UnionType):
        if tried := [choice for choice in arguments if part in _names(choice)]:
            return tried
        return [inner for choice in arguments for inner in _inside(choice, part)]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields
        return [field.annotation for name, field in fields.items() if part in (name, field.validation_alias)]
    if origin is dict:
        return [arguments[1]]
    return [argument for argument in arguments if argument is not Ellipsis]


def _names(choice: Any) -> tuple[str, ...]:
    """By what pydantic's location names one of several types: its name, or what tells it from the others."""
    if not (isinstance(choice, type) and issubclass(choice, BaseModel)):
        return ()
    fields = [choice.model_fields[name] for name in ("type", "kind") if name in choice.model_fields]
    return (choice.__name__, *(str(value) for field in fields for value in get_args(field.annotation)))


def _models(annotations: Sequence[Any]) -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = []
    for annotation in annotations:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            found.append(annotation)
        elif get_origin(annotation) in (Union, UnionType, Annotated):
            found += _models(get_args(annotation))
    return found
