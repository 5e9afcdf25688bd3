"""Writes every export file and its hand-written `.json`. Run once, from this folder; the files are kept.

The `.core.csv`, `.quarantine.csv` and `.listed.csv` beside them were read against the cells before they were kept.
"""

from __future__ import annotations

import sys
from pathlib import Path

from aid_cases import AID_CASES
from other_cases import OTHER_CASES


def main() -> None:
    """All cases, or those whose file name holds one of the arguments."""
    folder = Path(__file__).parent
    for case in (*AID_CASES, *OTHER_CASES):
        if len(sys.argv) == 1 or any(part in case.file for part in sys.argv[1:]):
            case.write(folder)


if __name__ == "__main__":
    main()
