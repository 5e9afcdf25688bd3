"""The nights of many counties as one Prefect flow: a task for each county, so many at once, each a process of its own.

A county's night that fails or is refused is a failed task; the others go on, and whoever asked is told of each.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ThreadPoolTaskRunner

NIGHT = "from flows.cli import main; main()"
REFUSED = 2
Outcome = Literal["published", "refused", "failed"]


@dataclass(frozen=True)
class CountyNight:
    """How the night of one county ended: its name, or why it did not."""

    county: str
    outcome: Outcome
    night: str = ""
    say: str = ""


class NightNotPublished(Exception):
    """A county's night that was refused or failed; `code` is what its command gave, `str()` what it said."""

    def __init__(self, code: int, say: str) -> None:
        super().__init__(say)
        self.code = code


@task(name="county_night", task_run_name="{county}", cache_policy=NO_CACHE, persist_result=False)
def county_night(county: str, home: str, on: str | None) -> str:
    """One plain night of one home in a process of its own; gives its name. Refuses (NightNotPublished) the rest."""
    words = ["nightly", "--home", home, "--plain", "--json", *(["--date", on] if on else [])]
    done = subprocess.run([sys.executable, "-c", NIGHT, *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NightNotPublished(done.returncode, " ".join(done.stderr.split())[-500:])
    return str(json.loads(done.stdout)["night"])


@flow(name="province_nights", persist_result=False, validate_parameters=False)
def province_nights(homes: dict[str, str], on: str | None = None) -> list[CountyNight]:
    """The nights of the homes, by the name of each county, in their order."""
    begun = {county: county_night.submit(county, home, on) for county, home in homes.items()}
    ended = []
    for county, future in begun.items():
        found = future.result(raise_on_failure=False)
        if isinstance(found, NightNotPublished):
            ended.append(CountyNight(county, "refused" if found.code == REFUSED else "failed", say=str(found)))
        elif isinstance(found, BaseException):
            ended.append(CountyNight(county, "failed", say=f"{type(found).__name__}: {found}"))
        else:
            ended.append(CountyNight(county, "published", found))
    return ended


def run_nights(homes: Sequence[Path], at_once: int, on: date | None) -> list[CountyNight]:
    """The nights as a flow run on the server that PREFECT_API_URL names."""
    runner: Any = ThreadPoolTaskRunner(max_workers=at_once)
    fanned = province_nights.with_options(task_runner=runner)
    return list(fanned({one.name: str(one) for one in homes}, on.isoformat() if on else None))
