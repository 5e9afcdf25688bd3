"""The house guards itself: registries and layers, not behaviour."""

from __future__ import annotations

import ast
import re
import tokenize
from datetime import date
from pathlib import Path

import pytest

from app.wording import text
from expectations.findings import STATES
from expectations.standings import WORST_FIRST
from warehouse.declarations import read_declarations
from warehouse.metric_rows import metric_rows
from warehouse.tables import JUDGED_SETS
from warehouse.yaml_reader import read_yaml

ROOT = Path(__file__).parents[1]
PACKAGES = ("warehouse", "expectations", "app", "flows")
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
OWNERS = {
    "prefect": lambda path: path.startswith("flows/"),
    "great_expectations": lambda path: path == "expectations/suites.py",
    "streamlit": lambda path: path.startswith("app/"),
    "duckdb": lambda path: path.startswith("warehouse/"),
}
CHINESE = re.compile(r"[\u3400-\u9fff]")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def declared():  # type: ignore[no-untyped-def]
    return read_declarations()


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_run_downwards_and_libraries_stay_in_their_rooms(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    floor = PACKAGES.index(path.relative_to(ROOT).parts[0])
    for node in ast.walk(tree):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for module in modules:
            top = module.split(".")[0]
            assert top not in PACKAGES or PACKAGES.index(top) <= floor, f"{name_of(path)} imports {module}"
            assert top not in OWNERS or OWNERS[top](name_of(path)), f"{name_of(path)} imports {module}"


def test_great_expectations_is_imported_lazily() -> None:
    tree = ast.parse((ROOT / "expectations" / "suites.py").read_text("utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            assert "great_expectations" not in ast.unparse(node)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_files_and_functions_stay_short_or_say_why(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) <= 300 or lines[0].startswith("# Over 300 lines on purpose:"), f"{len(lines)} lines"
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            said = "Long on purpose:" in "\n".join(lines[node.lineno - 2 : node.end_lineno])
            assert length <= 45 or said, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_chinese_in_identifiers(path: Path) -> None:
    with tokenize.open(path) as source:
        names = [token.string for token in tokenize.generate_tokens(source.readline) if token.type == tokenize.NAME]
    assert not [name for name in names if CHINESE.search(name)]


def test_file_names_are_english() -> None:
    tracked = [path for package in (*PACKAGES, "tests", "benchmarks") for path in (ROOT / package).rglob("*")]
    chinese = [name_of(path) for path in tracked if CHINESE.search(path.name)]
    assert not [name for name in chinese if not name.startswith("tests/exports/")]


def test_every_metric_stands_on_a_row_set_that_compiles(declared) -> None:  # type: ignore[no-untyped-def]
    for name in declared.metrics:
        assert metric_rows(declared, name).source


def test_every_rate_has_a_target_or_says_why_not(declared) -> None:  # type: ignore[no-untyped-def]
    for name, metric in declared.metrics.items():
        assert bool(declared.targets.get(name)) != bool(metric.no_target), name


def test_every_identity_names_metrics_that_count_or_sum_rows_of_files(declared) -> None:  # type: ignore[no-untyped-def]
    for name, identity in declared.identities.items():
        assert identity.left and identity.right and name not in declared.metrics, name
        for metric in (*identity.left, *identity.right):
            reading = metric_rows(declared, metric)
            assert reading.kind in ("count", "sum", "distinct") and reading.denominator is None, f"{name}: {metric}"
            assert reading.metric.of not in JUDGED_SETS, f"{name}: {metric} is counted after the judgement"
            assert identity.judged.every in reading.metric.periods, f"{name}: {metric}"
        assert declared.units_for(identity.judged.for_, date(2024, 12, 31)) or identity.judged.for_ == "county", name
        assert identity.owner == "unit" or identity.owner in declared.units, name


def test_every_dataset_has_a_supplier_and_golden_cases(declared) -> None:  # type: ignore[no-untyped-def]
    for name, contract in declared.contracts.items():
        assert contract.supplied_by
        cases = list((ROOT / "tests" / "exports" / name).glob("*.core.csv"))
        assert cases, f"no golden case for {name}"


def test_row_sets_only_join(declared) -> None:  # type: ignore[no-untyped-def]
    for name, row_set in declared.row_sets.items():
        words = set(re.findall(r"[a-z]+", row_set.sql.lower()))
        assert not words & {"group", "having", "limit", "union", "distinct", "sum", "max", "min", "over"}, name


def test_every_standing_and_state_has_a_word_in_both_languages() -> None:
    for key in [f"standings.{one}" for one in WORST_FIRST] + [f"finding_states.{one}" for one in STATES]:
        words = {language: text(key, language) for language in ("zh", "en")}
        assert CHINESE.search(words["zh"]) and not CHINESE.search(words["en"]), key


def test_every_text_stands_in_both_languages() -> None:
    def leaves(tree: object, path: str) -> None:
        if isinstance(tree, dict) and {"zh", "en"} <= tree.keys():
            assert tree.keys() == {"zh", "en"} and tree["zh"] and tree["en"], path
        elif isinstance(tree, dict):
            for key, value in tree.items():
                leaves(value, f"{path}.{key}")
        else:
            raise AssertionError(f"{path} is no pair of texts")

    for path in sorted((ROOT / "app" / "texts").glob("*.yml")):
        leaves(read_yaml(path), path.stem)


def test_one_english_term_per_chinese_term() -> None:
    terms = read_yaml(ROOT / "warehouse" / "terms.yml")
    english = list(terms.values())
    assert terms and all(CHINESE.search(term) for term in terms)
    assert len(set(english)) == len(english)


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_every_command_is_in_the_readme(readme: str) -> None:
    from flows.cli import command_names

    page = (ROOT / readme).read_text("utf-8")
    missing = [name for name in command_names() if f"ducha {name}" not in page]
    assert not missing


def test_no_file_names_a_registry_or_an_address() -> None:
    for name in (path.name for path in ROOT.glob("constraints*.txt")):
        assert all(re.fullmatch(r"[\w.-]+==[\w.+!-]+", line) for line in (ROOT / name).read_text("utf-8").split())
