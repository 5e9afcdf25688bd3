"""What an engine does beside its queries."""

from __future__ import annotations

import subprocess
import sys

ASKED = (
    "from warehouse.engine import DuckEngine\n"
    "with DuckEngine() as engine:\n"
    "    print(engine.rows(\"SELECT current_setting('enable_progress_bar') AS draws\"))"
)


def test_no_bar_is_drawn_between_the_lines_that_a_program_prints() -> None:
    """DuckDB takes a program that came as text for a person at a keyboard, and draws what takes two seconds."""
    done = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=True)
    assert done.stdout == "[{'draws': False}]\n"
