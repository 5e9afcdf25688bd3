"""The schedule: one long-running process that serves the night, and the sending of letters, at the county's time."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import cast

from prefect import serve
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron

from flows.nightly import nightly, post
from flows.settings import Settings, read_settings

ZONE = "Asia/Shanghai"
SEND_EVERY = 15


def main() -> None:
    """Serve the flows `nightly` and `post` on the Asia/Shanghai clock until the process is ended."""
    parser = argparse.ArgumentParser(description="serve the nightly flow on its schedule")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--cron", default=None, help="another time than the home's, as a cron line")
    given = parser.parse_args()
    settings = read_settings(given.home)
    hour, minute = settings.night.at.split(":")
    home = {"home": str(settings.home)}
    night = nightly.to_deployment(
        name="nightly",
        schedule=Cron(given.cron or f"{int(minute)} {int(hour)} * * *", timezone=ZONE),
        parameters=home | {"scheduled": True},
        concurrency_limit=1,
    )
    letters = post.to_deployment(name="post", schedule=Cron(sending_times(settings), timezone=ZONE), parameters=home)
    # One at a time: letters are not sent while a night writes them.
    deployments = cast(RunnerDeployment, night), cast(RunnerDeployment, letters)
    serve(*deployments, limit=1, pause_on_shutdown=False, print_starting_message=False)


def sending_times(settings: Settings) -> str:
    """Every quarter of an hour from `send_from` to `send_until`, as a cron line; the sending holds to the minute."""
    (first, minute), (last, _) = settings.letters.send_from.split(":"), settings.letters.send_until.split(":")
    minutes = ",".join(str(each) for each in sorted((int(minute) + more) % 60 for more in range(0, 60, SEND_EVERY)))
    return f"{minutes} {int(first)}-{max(int(first), int(last))} * * *"


if __name__ == "__main__":
    main()
