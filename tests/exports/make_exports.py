"""Writes every export file and its hand-written `.json`. Run once, from this folder; the files are kept.

The `.core.csv`, `.quarantine.csv` and `.listed.csv` beside them were read against the cells before they were kept.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from cases import Case


def main() -> None:
    """All cases of the `*_cases.py` beside this file, or those whose file name holds one of the arguments."""
    folder = Path(__file__).parent
    found: dict[tuple[str, str], Case] = {}
    for path in sorted(folder.glob("*_cases.py")):
        for value in vars(importlib.import_module(path.stem)).values():
            if isinstance(value, list | tuple):
                found |= {(one.dataset, one.file): one for one in value if isinstance(one, Case)}
    for case in found.values():
        if len(sys.argv) == 1 or any(part in f"{case.dataset}/{case.file}" for part in sys.argv[1:]):
            case.write(folder)


if __name__ == "__main__":
    main()
