"""How old the shown data is: since it was made, and since the day it speaks of."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest

from app.viewer import Viewer
from app.visit import CLOCK, STALE_HOURS, Visit
from warehouse.home import Home


@pytest.mark.parametrize(
    ("days_since_business_date", "hours_since_made", "sample", "stale"),
    [
        (0, 1, "false", False),
        (2, 20, "false", False),
        (3, 48, "false", True),
        (400, 1, "false", True),
        (400, 1, "true", False),
        (400, 48, "true", True),
    ],
)
def test_data_is_old_by_the_day_it_speaks_of_too(
    days_since_business_date: int, hours_since_made: int, sample: str, stale: bool
) -> None:
    night = {
        "business_date": datetime.now(CLOCK).date() - timedelta(days=days_since_business_date),
        "finished_at": (datetime.now(UTC) - timedelta(hours=hours_since_made)).isoformat(),
    }
    visit = Visit(Home(Path("home")), Viewer(), Mock(meta={"sample": sample}), Mock(), night)
    assert (visit.hours_behind() >= STALE_HOURS) == stale
