"""Room for the files that people choose: what all pages hold in memory until each is confirmed or cancelled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

MB = 1024 * 1024
FULL = (
    "此刻等待确认的文件太多，没有上传；请过几分钟再试，或放入收件夹 / too many files wait to be confirmed just now and "
    "this one was not taken: try again in some minutes, or put it into the inbox folder"
)


def held_bytes() -> int:
    """What the pages of all who are signed in hold now."""
    from streamlit import runtime

    if not runtime.exists():
        return 0
    found = runtime.get_instance().uploaded_file_mgr.get_stats()
    return sum(one.byte_length for stats in found.values() for one in stats)


class UploadRoom:
    """So many bytes for all together, those on their way counted by what the sender says of their size."""

    def __init__(self, most: int, held: Callable[[], int] = held_bytes) -> None:
        self.most, self.held, self.coming = most, held, 0

    @contextmanager
    def taking(self, told: str) -> Iterator[bool]:
        """Whether a file has room, by the bytes that its sender told; while it comes in, its room is nobody else's.

        One that told no size needs all of it. One that is larger than all of it takes none: Streamlit refuses it, by
        the size that it told, before it reads anything.
        """
        size = int(told) if told.isascii() and told.isdigit() else self.most
        size = size if size <= self.most else 0
        has_room = self.held() + self.coming + size <= self.most
        self.coming += size if has_room else 0
        try:
            yield has_room
        finally:
            self.coming -= size if has_room else 0
