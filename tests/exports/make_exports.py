"""Writes every export file and its hand-written `.json`. Run once, from this folder; the files are kept.

The `.core.csv`, `.quarantine.csv` and `.listed.csv` beside them were read against the cells before they were kept.
"""

from __future__ import annotations

import sys
from pathlib import Path

from aid_cases import AID_CASES
from cell_cases import CELLS
from misread_cases import MISREAD
from other_cases import OTHER_CASES
from refused_cases import REFUSED
from register_cases import REGISTER
from service_cases import SERVICES


def main() -> None:
    """All cases, or those whose file name holds one of the arguments."""
    folder = Path(__file__).parent
    for case in (*AID_CASES, *CELLS, *SERVICES, *REGISTER, *OTHER_CASES, *MISREAD, *REFUSED):
        if len(sys.argv) == 1 or any(part in case.file for part in sys.argv[1:]):
            case.write(folder)


if __name__ == "__main__":
    main()
