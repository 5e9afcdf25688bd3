"""What this program stands on: the licence of each package, and what an audit of them could and could not check.

`python .ci/dependencies.py licences` lists them; `... audit FILE` reads the report of pip-audit.
"""

from __future__ import annotations

import json
import re
import sys
from contextlib import suppress
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Their metadata names none; read in the files that come with them.
NAMED_IN_FILES = {"protobuf": "BSD-3-Clause", "pydeck": "Apache-2.0", "axe-playwright-python": "MIT"}
LOOK_AT = re.compile(r"\bA?GPL|Affero|General Public", re.IGNORECASE)


def licence(found: Distribution) -> str:
    """As the package declares it: its expression, its classifiers, else the first line of its licence field."""
    told = found.metadata
    if expression := told.get("License-Expression"):
        return expression
    classifiers = [one.rsplit(" :: ", 1)[1] for one in told.get_all("Classifier") or () if one.startswith("License ::")]
    named = [one for one in classifiers if one != "OSI Approved"]
    text = (told.get("License") or "").strip().splitlines()
    return "; ".join(named) or (text[0][:80] if text else "") or NAMED_IN_FILES.get(told["Name"].lower(), "")


def licences() -> dict[str, tuple[str, str]]:
    """Name -> (version, licence) of every pinned package that is installed; those of an extra may not be."""
    found = {}
    for line in (ROOT / "constraints.txt").read_text("utf-8").split():
        name = line.split("==")[0]
        with suppress(PackageNotFoundError):
            found[name] = (distribution(name).version, licence(distribution(name)))
    return found


def read_audit(report: Path) -> tuple[list[str], int, int]:
    """The advisories that were found, and of how many packages how many could be asked about."""
    packages = json.loads(report.read_text("utf-8"))["dependencies"]
    asked = [one for one in packages if "skip_reason" not in one]
    found = [f"{one['name']} {one['version']}: {fault['id']}" for one in asked for fault in one["vulns"]]
    return found, len(asked), len(packages)


def main(words: list[str]) -> int:
    """0 when the list is whole, or every package was asked about and none has an advisory."""
    if words == ["licences"]:
        found = licences()
        for name, (version, words_of) in sorted(found.items(), key=lambda one: one[0].lower()):
            print(f"{name:32} {version:14} {words_of or 'NOT DECLARED'}")
        return 0 if all(one for _, one in found.values()) else 1
    if len(words) == 2 and words[0] == "audit":
        advisories, asked, known = read_audit(Path(words[1]))
        print(*advisories, sep="\n", end="\n" if advisories else "")
        if asked < known:
            print(
                f"{asked} of {known} packages could be asked about: the advisory service did not answer for the others."
            )
            print("This is no finding that they are free of faults. Run `make audit` where it can be reached.")
        else:
            print(f"{known} packages asked about, {len(advisories)} advisories.")
        return 0 if not advisories and asked == known else 1
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
