"""dbt over the same rows: a model for each metric and one that holds all; a test for each rule.

What a user would write by hand stands in peers/; here each metric's two sides are put in. `make bench` installs dbt.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.measuring import Cost, measured
from warehouse.engine import DuckEngine

ROOT = Path(__file__).parents[1]
DBT = ROOT / ".venv-peers" / "bin" / "dbt"
Sides = tuple[str, str]


def models(folder: Path, sides: Iterable[Sides]) -> None:
    """A project with a model for each metric (denominator, numerator) and `figures` over all of them."""
    names = []
    for number, (denominator, numerator) in enumerate(sides):
        names.append(f"m{number}")
        text = f'{{{{ counted("m{number}", "{denominator}", "{numerator}") }}}}\n'
        _written(folder, "models", names[-1], text)
    union = "\nunion all\n".join(f"select * from {{{{ ref('{name}') }}}}" for name in names)
    _written(folder, "models", "figures", union + "\n")


def tests(folder: Path, sides: Iterable[Sides]) -> None:
    """A project with a test for each rule, which keeps what fails: each in a table of its own."""
    for number, (denominator, numerator) in enumerate(sides):
        text = f'{{{{ config(store_failures=true) }}}}\n{{{{ short("{denominator}", "{numerator}") }}}}\n'
        _written(folder, "tests", f"r{number}", text)


def run(folder: Path, rows: Path, command: str, question: str) -> tuple[Cost, dict[str, Any]]:
    """`dbt run` or `dbt test` of a project over the file of rows: its cost, and the one row that answers the question.

    A test that fails is what was asked for. The project is gone afterwards.
    """
    words = [DBT, "--quiet", command, "--project-dir", folder, "--profiles-dir", folder]
    told = {"PEER_WORK": str(folder), "PEER_ROWS": str(rows), "DBT_LOG_PATH": str(folder / "logs")}
    cost = measured(words, fails_with=1 if command == "test" else 0, **told)
    with DuckEngine(folder / "peer.duckdb", read_only=True) as engine:
        (row,) = engine.rows(question)
    shutil.rmtree(folder)
    return cost, row


def _written(folder: Path, kind: str, name: str, text: str) -> None:
    if not folder.exists():
        shutil.copytree(Path(__file__).with_name("peers"), folder)
    (folder / kind).mkdir(exist_ok=True)
    (folder / kind / f"{name}.sql").write_text(text, "utf-8")
