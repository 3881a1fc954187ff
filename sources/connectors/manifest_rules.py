"""What a low-code manifest may not hold, and readable sentences for what it holds wrongly."""

from collections.abc import Iterator, Mapping
from typing import Any

from sources.connectors.errors import ConnectorError

# Components that run, read or write what lies outside the manifest.
_REFUSED_TYPES = {"JsonFileSchemaLoader": "use InlineSchemaLoader"}
_REFUSED_KEYS = {
    "file_uploader": "files that an API offers are not stored; load the records that describe them",
    # The engine prints the settings with the new token, secrets and all, where the loader prints its report.
    "refresh_token_updater": "a load does not change the settings of its connection; give refresh_token alone",
}


def refuse_foreign_code(manifest: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    """Refuse a manifest that would import Python, and settings that smuggle it in.

    Raises:
        ConnectorError: Names the key.
    """
    problems = [
        f"key '{path}': custom components (Python code) are not allowed here; use the built-in components"
        for path, key, value in _entries(manifest, "manifest")
        if key == "class_name" or (key == "type" and isinstance(value, str) and value.startswith("Custom"))
    ]
    problems += [
        f"key '{path}': {value} is not allowed here; {_REFUSED_TYPES[value]}"
        for path, key, value in _entries(manifest, "manifest")
        if key == "type" and isinstance(value, str) and value in _REFUSED_TYPES
    ]
    problems += [
        f"key '{path}': {_REFUSED_KEYS[key]}"
        for path, key, value in _entries(manifest, "manifest")
        if key in _REFUSED_KEYS and isinstance(value, Mapping)
    ]
    problems += [f"key 'config.{key}': not allowed" for key in config if str(key).startswith("__")]
    if problems:
        raise ConnectorError("; ".join(problems) + ".")


def _entries(value: Any, path: str) -> Iterator[tuple[str, str, Any]]:
    if isinstance(value, Mapping):
        for key, child in value.items():
            yield f"{path}.{key}", str(key), child
            yield from _entries(child, f"{path}.{key}")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _entries(child, f"{path}[{index}]")


def explain(error: BaseException) -> str:
    """One sentence from an exception of the declarative engine.

    Schema errors name the key; others give the reason that lies deepest, since the engine wraps it in general words.
    """
    from airbyte_cdk.utils.traced_exception import AirbyteTracedException
    from jsonschema.exceptions import ValidationError

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ValidationError) and isinstance(cause.validator, str):
            deepest = _deepest(cause)
            where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in deepest.absolute_path)
            return f"key 'manifest{where}': {_middle_cut(deepest.message)}"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, AirbyteTracedException):
        parts = [error.message, error.internal_message]
        return "; ".join(dict.fromkeys(_short(part) for part in parts if part)) or type(error).__name__
    return f"{type(error).__name__}: {_short(str(error))}"


def _deepest(error: Any) -> Any:
    """The error inside the one alternative that the component's `type` chose."""
    while error.context:
        branches: dict[Any, list[Any]] = {}
        for inner in error.context:
            branches.setdefault(inner.relative_schema_path[0], []).append(inner)
        fitting = [errors for errors in branches.values() if not any(_is_other_type(inner) for inner in errors)]
        if len(fitting) != 1:
            break
        error = fitting[0][0]
    return error


def _is_other_type(error: Any) -> bool:
    return list(error.relative_path) == ["type"] or error.validator == "type"


def _middle_cut(text: str, head: int = 120, tail: int = 240) -> str:
    """What is wrong stands at the end of a schema error, after a print of the whole component."""
    text = " ".join(text.split())
    return text if len(text) <= head + tail else f"{text[:head]} … {text[-tail:]}"


def _short(text: str, limit: int = 600) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[:limit]}…"
