"""`ducha up` and its ports."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from flows.prefect_server import free_port
from flows.serve import DidNotStart, House
from flows.settings import Ports, read_settings


@pytest.mark.parametrize("taken", ["prefect", "view"])
def test_a_port_that_another_program_holds_is_named_before_anything_starts(bare_home: Path, taken: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ports = Ports(**({"prefect": free_port(), "view": free_port()} | {taken: port}))
        house = House(read_settings(bare_home).model_copy(update={"ports": ports}))
        with pytest.raises(DidNotStart, match=str(port)):
            house.start()
        assert house.children == {}
