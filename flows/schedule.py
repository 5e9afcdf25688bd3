"""The schedule: one long-running process that serves the nightly flow at the county's time."""

from __future__ import annotations

import argparse
from pathlib import Path

from prefect.schedules import Cron

from flows.nightly import nightly
from flows.settings import read_settings


def main() -> None:
    """Serve the flow `nightly` on the Asia/Shanghai clock until the process is ended."""
    parser = argparse.ArgumentParser(description="serve the nightly flow on its schedule")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--cron", default=None, help="another time than the home's, as a cron line")
    given = parser.parse_args()
    settings = read_settings(given.home)
    hour, minute = settings.night.at.split(":")
    nightly.serve(
        name="nightly",
        schedule=Cron(given.cron or f"{int(minute)} {int(hour)} * * *", timezone="Asia/Shanghai"),
        parameters={"home": str(settings.home), "scheduled": True},
        limit=1,
        global_limit=1,
        pause_on_shutdown=False,
        print_starting_message=False,
    )


if __name__ == "__main__":
    main()
