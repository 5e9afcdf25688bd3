"""Two engines, one SQL: a Spark cluster counts what DuckDB counts, cell by cell, and loses a machine while it does.

`--spark-percent 100` counts every metric; without it, of those counted period by period a third.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.conftest import TestCounty, _county
from tests.warehouse.provinces import make_province, metrics_for_two_engines
from tests.warehouse.spark_cluster import cluster
from warehouse.engine import DuckEngine
from warehouse.province import build_province


def county_that_counts(folder: Path, metrics: dict[str, Any]) -> TestCounty:
    folder.mkdir()
    county = _county(folder)
    county.declarations = county.declarations.model_copy(update={"metrics": metrics})
    return county


def figures(path: Path) -> list[dict[str, Any]]:
    with DuckEngine(path, read_only=True) as engine:
        return engine.rows("SELECT * FROM figures ORDER BY ALL")


@pytest.mark.skipif(
    not os.environ.get("CI") and (find_spec("pyspark") is None or shutil.which("java") is None),
    reason="needs the extra [spark] and Java",
)
def test_two_executors_count_what_duckdb_counts_also_when_one_of_them_dies(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    chosen = metrics_for_two_engines(round(100 / pytestconfig.getoption("spark_percent")))
    folders = (tmp_path / f"county-{number}" for number in count())
    make_province(tmp_path / "lake", lambda: county_that_counts(next(folders), chosen))
    with DuckEngine() as engine:
        by_duckdb = figures(build_province(tmp_path / "lake", engine, "duckdb").path)
    found = find_spec("pyspark")
    assert found is not None and found.origin is not None
    with cluster(Path(found.origin).parent, tmp_path, workers=2) as spark:
        words = ["province", "--json", "--lake", str(tmp_path / "lake"), "--engine", "spark", "--master", spark.master]
        command = [sys.executable, "-c", "from flows.cli import main; main()", *words]
        with (tmp_path / "driver.log").open("wb") as log:
            job = subprocess.Popen(command, env=spark.environment, stdout=subprocess.PIPE, stderr=log)
        while job.poll() is None:
            before = spark.tasks()
            if len({executor for executor, _ in before}) == 2 and len(before) > 100:
                spark.kill(0)
                break
            time.sleep(0.3)
        told, _ = job.communicate()
        assert job.returncode == 0, (tmp_path / "driver.log").read_text()[-3000:]
        (lost,) = [one for one in spark.recorded() if one["Event"] == "SparkListenerExecutorRemoved"]
        ended = spark.tasks()
    assert {executor for executor, _ in ended} == {"0", "1"}
    assert min(sum(executor == one for executor, _ in ended) for one in "01") > 20
    after = [executor for executor, at in ended if at > lost["Timestamp"]]
    assert len(after) > 20 and set(after) == {"0", "1"} - {lost["Executor ID"]}
    assert json.loads(told)["differing"] == []
    by_spark = figures(Path(json.loads(told)["path"]))
    assert len(by_spark) > 20_000 and by_spark == by_duckdb
