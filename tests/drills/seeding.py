"""The seed of every drill: `DUCHA_SEED` where it is set, so that a run can be repeated or another one tried."""

from __future__ import annotations

import os

FIRST_SEED = 20261127
SEED = int(os.environ.get("DUCHA_SEED", FIRST_SEED))
