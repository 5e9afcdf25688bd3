"""Checks -> one Great Expectations suite over one small frame -> verdicts. The only module that knows that library.

Grain of the frame: one row per dataset (empty but for promises about files), unit and period; one column per check,
empty where nothing is judged.
"""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import math
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.models import Severity

if TYPE_CHECKING:
    from pandas import DataFrame

Key = tuple[str, str, str]
INDEX = ("dataset", "unit", "period")
SEVERITIES: dict[Severity, str] = {"high": "critical", "medium": "warning", "low": "info"}
EXPECTATION = "expect_column_values_to_be_between"
# Charts and distributions: the library imports them for other expectations, and that is a third of its own import.
UNUSED = ("altair", "scipy.stats", "scipy.special")


@dataclass(frozen=True)
class Check:
    """One declared expectation: no value of its column may be above 0. `values` hold `short_by` by INDEX."""

    column: str
    target: str
    values: Mapping[Key, float]
    severity: Severity
    description: str
    notes: str
    meta: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What the library said: which keys fall short, or why it could not say."""

    check: Check
    failing: frozenset[Key]
    error: str | None
    record: Mapping[str, Any]


def evaluate(checks: Sequence[Check]) -> dict[str, Verdict]:
    """One verdict per check, by column. A check that did not run, or not on all its rows, has an `error`."""
    if not checks:
        return {}
    try:
        frame = build_frame(checks)
        results = run_expectations(frame, build_expectations(checks))
    except Exception as fault:
        return {check.column: _broken(check, f"{type(fault).__name__}: {fault}") for check in checks}
    return read_results(checks, len(frame), results)


def build_frame(checks: Sequence[Check]) -> DataFrame:
    """The judged figures: a row per dataset, unit and period, a column per check."""
    import pandas

    keys = list(dict.fromkeys(key for check in checks for key in check.values))
    columns: dict[str, list[Any]] = {name: [key[place] for key in keys] for place, name in enumerate(INDEX)}
    for check in checks:
        columns[check.column] = [check.values.get(key, math.nan) for key in keys]
    return pandas.DataFrame(columns)


def build_expectations(checks: Iterable[Check]) -> list[Any]:
    """One expectation per check."""
    library = _library()
    return [
        library.expectations.ExpectColumnValuesToBeBetween(
            column=check.column,
            max_value=0,
            severity=SEVERITIES[check.severity],
            description=check.description,
            notes=check.notes,
            meta={"target": check.target, **check.meta},
        )
        for check in checks
    ]


def run_expectations(frame: DataFrame, expectations: Sequence[Any]) -> list[dict[str, Any]]:
    """Validate the frame once, in memory; each result as JSON would hold it. Nothing is stored or rendered."""
    library = _library()
    context = library.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas("figures").add_dataframe_asset("short_by")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters={"dataframe": frame})
    suite = library.ExpectationSuite(name="targets", expectations=list(expectations))
    wanted = {"result_format": "COMPLETE", "unexpected_index_column_names": list(INDEX)}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            validated = batch.validate(suite, result_format=wanted)
    finally:
        # An ephemeral context leaves a folder for a docs site behind that nobody asked for.
        for site in context.variables.data_docs_sites.values():
            shutil.rmtree(site["store_backend"]["base_directory"], ignore_errors=True)
    return [result.to_json_dict() for result in validated.results]


def read_results(checks: Sequence[Check], frame_rows: int, results: Iterable[Mapping[str, Any]]) -> dict[str, Verdict]:
    """Match results to checks by column. Declared = evaluated: a check without exactly one result is an error."""
    by_column: dict[str, list[Mapping[str, Any]]] = {}
    for result in results:
        kwargs = result.get("expectation_config", {}).get("kwargs", {})
        by_column.setdefault(str(kwargs.get("column")), []).append(result)
    return {check.column: _verdict(check, frame_rows, by_column.get(check.column, [])) for check in checks}


def _verdict(check: Check, frame_rows: int, results: list[Mapping[str, Any]]) -> Verdict:
    if len(results) != 1:
        return _broken(check, f"evaluated {len(results)} times instead of once")
    found, result = results[0], results[0].get("result", {})
    if fault := _exception(found.get("exception_info")) or _not_as_declared(check, found["expectation_config"]):
        return _broken(check, fault, found)
    rows: list[Key] = [_key(row[name] for name in INDEX) for row in result.get("unexpected_index_list") or []]
    judged = result.get("element_count", 0) - result.get("missing_count", 0)
    faults = [
        (result.get("element_count") != frame_rows, f"saw {result.get('element_count')} rows of {frame_rows}"),
        (judged != len(check.values), f"judged {judged} rows; {len(check.values)} were declared"),
        (len(rows) != result.get("unexpected_count"), "did not name all the rows that fail"),
        (found.get("success") is not (not rows), "its verdict contradicts its rows"),
        # The library decides; that it decides otherwise than the arithmetic means that a check is broken.
        (set(rows) != {key for key, value in check.values.items() if value > 0}, "fails other rows than fall short"),
    ]
    if wrong := [say for is_wrong, say in faults if is_wrong]:
        return _broken(check, "; ".join(wrong), found)
    return Verdict(check, frozenset(rows), None, _record(check, found, None))


def _key(parts: Iterable[Any]) -> Key:
    dataset, unit, period = map(str, parts)
    return dataset, unit, period


def _exception(info: Any) -> str | None:
    """The message of `exception_info`, which comes flat or keyed by metric."""
    if not isinstance(info, Mapping):
        return None
    parts = [info] if "raised_exception" in info else [part for part in info.values() if isinstance(part, Mapping)]
    raised = [part for part in parts if part.get("raised_exception")]
    return str(raised[0].get("exception_message") or "exception without a message") if raised else None


def _not_as_declared(check: Check, config: Mapping[str, Any]) -> str | None:
    """The result must be of the expectation that was declared: nothing looser, nothing narrower."""
    asked = {name: value for name, value in config["kwargs"].items() if name != "batch_id" and value is not None}
    declared = {"column": check.column, "max_value": 0.0}
    meta = config.get("meta") or {}
    if config.get("type") != EXPECTATION or asked != declared or meta.get("target") != check.target:
        return f"evaluated something else than was declared: {config.get('type')} {asked}"
    return None


def _broken(check: Check, fault: str, found: Mapping[str, Any] | None = None) -> Verdict:
    return Verdict(check, frozenset(), fault, _record(check, found or {}, fault))


def _record(check: Check, found: Mapping[str, Any], error: str | None) -> dict[str, Any]:
    """The evaluation as it is published: counts in columns, the library's own answer beside them."""
    result = found.get("result", {})
    return {
        "target": check.target, "column": check.column, "expectation": EXPECTATION, "description": check.description,
        "notes": check.notes, "severity": check.severity, "success": None if error else bool(found.get("success")),
        "declared_rows": len(check.values), "element_count": result.get("element_count"),
        "missing_count": result.get("missing_count"), "unexpected_count": result.get("unexpected_count"),
        "error": error, "meta": dict(check.meta), "result": dict(found),
    }  # fmt: skip


def _library() -> Any:
    """Great Expectations, imported here and nowhere else: it costs seconds and 269 MB."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with warnings.catch_warnings(), _without("pyspark"):
        warnings.simplefilter("ignore")
        import great_expectations
        import great_expectations.expectations
    # It tells the screen of every temporary folder; what it finds comes back as results, not as log lines.
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    return great_expectations


@contextlib.contextmanager
def _without(module: str) -> Iterator[None]:
    """The library imports pyspark where it is installed, which without its own extras ends the whole process."""
    held = sys.modules.get(module)
    sys.modules[module] = None  # type: ignore[assignment]
    yield
    sys.modules.pop(module) if held is None else sys.modules.update({module: held})


class _LoadedAtFirstUse(MetaPathFinder):
    """Finds the modules of UNUSED, and has them run only when something in them is asked for."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> ModuleSpec | None:
        """The spec of a module of UNUSED; nothing about any other."""
        spec = PathFinder.find_spec(fullname, path, target) if fullname in UNUSED else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


class JudgingProcess:
    """The library in a process of its own, begun early: its import takes seconds, which the night spends reading.

    It ends when this process does, however that ends: its standard input closes then.
    """

    def __init__(self, log: Path) -> None:
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "expectations.suites"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
            )

    def __enter__(self) -> JudgingProcess:
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        # A night that refused itself does not wait for an import that nobody needs.
        self._process.kill()
        self._process.wait()

    def evaluate(self, checks: Sequence[Check]) -> dict[str, Verdict]:
        """As `evaluate`; a process that died leaves every check with an `error`."""
        if not checks:
            return {}
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps([_packed(check) for check in checks]).encode() + b"\n")
            self._process.stdin.flush()
            answer = json.loads(self._process.stdout.readline())
            if "fault" in answer:
                raise RuntimeError(answer["fault"])
        except (OSError, ValueError, RuntimeError) as fault:
            return {check.column: _broken(check, f"{type(fault).__name__}: {fault}") for check in checks}
        return read_results(checks, answer["rows"], answer["results"])


def _packed(check: Check) -> dict[str, Any]:
    values = [[*key, value] for key, value in check.values.items()]
    return {**vars(check), "values": values, "meta": dict(check.meta)}


def _unpacked(packed: dict[str, Any]) -> Check:
    return Check(**{**packed, "values": {_key(key): value for *key, value in packed["values"]}})


def _answer(line: bytes) -> dict[str, Any]:
    try:
        checks = [_unpacked(packed) for packed in json.loads(line)]
        frame = build_frame(checks)
        return {"rows": len(frame), "results": run_expectations(frame, build_expectations(checks))}
    except Exception as fault:
        return {"fault": f"{type(fault).__name__}: {fault}"}


def serve() -> None:
    """Judge one line of checks after the other, from standard input to standard output, until the input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the library prints must not stand between the answers
    sys.meta_path.insert(0, _LoadedAtFirstUse())
    gc.disable()  # of what an import makes nothing is waste
    _library()
    gc.enable()
    for line in sys.stdin.buffer:
        answers.write(json.dumps(_answer(line), default=str).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    serve()
