"""What the night says to its operator: one JSON line per event, in a file of the home."""

from __future__ import annotations

import logging

import structlog

from warehouse.home import Home


def log_to(home: Home) -> None:
    """Write events to `logs/night.log`. Events name ids and codes, never a person, a value or a secret."""
    home.logs.mkdir(parents=True, exist_ok=True)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=(home.logs / "night.log").open("a", encoding="utf-8")),
        cache_logger_on_first_use=False,
    )
