"""Strict YAML: every scalar stays text, equal keys are an error, every key knows its line."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)
# Where our own declarations and texts lie.
PACKAGES = tuple(Path(__file__).parents[1] / name for name in ("warehouse", "expectations", "app", "flows"))


class DeclarationError(Exception):
    """A declaration that cannot be read. `str()` names file, line, key and what to do."""


class _Located(dict[str, Any]):
    """A mapping that remembers the line of each of its keys (1-based)."""

    lines: dict[str, int]


class _StrictLoader(yaml.CBaseLoader):
    """BaseLoader keeps `0430723`, `on:` and `12:30` as written; equal keys raise. Parsed in C: ten times faster."""


def _construct_mapping(loader: _StrictLoader, node: yaml.MappingNode) -> _Located:
    located = _Located()
    located.lines = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in located:
            raise DeclarationError(f"line {key_node.start_mark.line + 1}: the key “{key}” stands twice")
        located[key] = loader.construct_object(value_node, deep=True)
        located.lines[key] = key_node.start_mark.line + 1
    return located


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)


def read_yaml(path: Path) -> dict[str, Any]:
    """One YAML file as a mapping of text; an empty file is an empty mapping.

    Refuses (DeclarationError) broken syntax, equal keys and anything that is not a mapping. The caller may change the
    mapping that it gets, not what lies in it: a packaged file does not change while a process runs and is parsed once.
    """
    is_packaged = any(path.is_relative_to(package) for package in PACKAGES)
    return copy(_packaged(path)) if is_packaged else _parsed(path)


@cache
def _packaged(path: Path) -> dict[str, Any]:
    return _parsed(path)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        loaded = yaml.load(path.read_text("utf-8"), Loader=_StrictLoader)
    except DeclarationError as error:
        raise DeclarationError(f"{path}: {error}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{path}: not valid YAML: {error}") from None
    if loaded in (None, ""):
        return {}
    if not isinstance(loaded, dict):
        raise DeclarationError(f"{path}: a mapping is expected at the top")
    return loaded


def line_of(tree: Any, where: tuple[int | str, ...]) -> int | None:
    """The line of the deepest key on the path `where` that the file itself holds."""
    line = None
    for step in where:
        if isinstance(tree, _Located) and step in tree:
            line = tree.lines[str(step)]
            tree = tree[str(step)]
        elif isinstance(tree, list) and isinstance(step, int) and step < len(tree):
            tree = tree[step]
        else:
            break
    return line


def validate(model: type[M], tree: Any, path: Path, key: str) -> M:
    """`tree` as a `model`; errors name file, line, key and the nearest allowed key."""
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        raise DeclarationError("\n".join(_sentences(model, tree, path, key, error))) from None


def _sentences(model: type[BaseModel], tree: Any, path: Path, key: str, error: ValidationError) -> list[str]:
    found = []
    for fault in error.errors():
        where = tuple(part for part in fault["loc"])
        line = line_of(tree, where)
        at = f"{path}:{line}" if line else f"{path}"
        dotted = ".".join(str(part) for part in (key, *where))
        say = fault["msg"]
        if fault["type"] == "extra_forbidden":
            # `{en: one, two}` reads as the key “two” without a value.
            hint = "; quote text that holds a comma" if fault["input"] == "" else _nearest(model, str(where[-1]))
            say = f"unknown key{hint}"
        found.append(f"{at}: {dotted}: {say}")
    return found


def _nearest(model: type[BaseModel], key: str) -> str:
    allowed = {field.alias or name for name, field in _all_fields(model).items()}
    near = difflib.get_close_matches(key, allowed, n=1)
    return f"; did you mean “{near[0]}”?" if near else ""


def _all_fields(model: type[BaseModel]) -> Mapping[str, Any]:
    """Fields of the model and of the models inside it: enough to suggest a spelling."""
    fields: dict[str, Any] = dict(model.model_fields)
    for field in model.model_fields.values():
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(part, type) and issubclass(part, BaseModel) and part is not model:
                fields.update(part.model_fields)
    return fields
