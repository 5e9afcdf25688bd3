"""Files that commands keep: read within a limit, written whole or not at all, and by their hash in the archive."""

from __future__ import annotations

from pathlib import Path

from flows.commands.shared import Refused
from flows.settings import Settings
from warehouse.durable import make_durable


def write_whole(path: Path, content: bytes) -> Path:
    """Whole or not at all. Refuses a folder that is none, and a file that cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.tmp")
        beside.write_bytes(content)
        make_durable(beside, path)
    except OSError as error:
        raise Refused(f"不能写入 {path} / cannot be written: {error.strerror}") from None
    return path


def read_to_keep(path: Path, most: int, wrong_size: str) -> bytes:
    """The bytes of a file that a person gives. Refuses a name with a secrecy mark, and an empty or too large one."""
    from warehouse.refusals import DeliveryRefused
    from warehouse.secrecy import refuse_secret_name

    try:
        refuse_secret_name(path.name)
    except DeliveryRefused as error:
        raise Refused(str(error)) from None
    with path.open("rb") as file:
        content = file.read(most + 1)
    if not content or len(content) > most:
        raise Refused(wrong_size)
    return content


def keep(settings: Settings, content: bytes) -> str:
    """The bytes in the home's archive, under their hash. Refuses an archive that cannot be written."""
    from warehouse.inbox import keep_bytes

    try:
        return keep_bytes(content, settings.place.archive)
    except OSError as error:
        raise Refused(f"不能写入 {settings.place.archive} / cannot be written: {error.strerror}") from None
