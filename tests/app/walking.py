"""A reader of the view without a browser: the stream that a page is drawn from, and what its forms send back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from app.accounts import Account
from app.rights import Role
from app.sessions import Sessions
from app.sign_in import COOKIE
from warehouse.home import Home


def token_of(home: Home, role: Role, unit: str = "", name: str = "") -> str:
    """A new session of a person, as the door begins it once the password was right."""
    person = Account(name or f"a-{role}", role, unit, False, 0, None, False, None)
    return Sessions(home).begin(person)


@dataclass
class Drawn:
    """One drawing of a page: every frame as it came, and its parts."""

    frames: list[bytes] = field(default_factory=list)
    elements: list[Any] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All that came, read as text."""
        return b"\n".join(self.frames).decode("utf-8", "replace")

    def of(self, kind: str) -> list[Any]:
        """The parts of one kind: html, button, text_input."""
        return [getattr(one, kind) for one in self.elements if one.WhichOneof("type") == kind]


class Line:
    """The stream of one signed-in person."""

    def __init__(self, view: str, token: str) -> None:
        self.origin = view.rstrip("/")
        self.connection = connect(
            self.origin.replace("http", "ws") + "/_stcore/stream", origin=self.origin, proxy=None,  # type: ignore[arg-type]
            additional_headers={"cookie": f"{COOKIE}={token}"}, subprotocols=["streamlit"], max_size=None,  # type: ignore[list-item]
        )  # fmt: skip
        self.token = token

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()

    def ask(self, query: str, widgets: Mapping[str, str | bool] | None = None) -> Drawn:
        """Draw a page. `widgets`: what stands in its fields, and True for a button that is pressed."""
        asked = BackMsg()
        asked.rerun_script.query_string = query.removeprefix("?")
        # Streamlit reads the cookie of the stream; it hands no other to the script.
        for name, value in (widgets or {}).items():
            state = asked.rerun_script.widget_states.widgets.add(id=name)
            if isinstance(value, bool):
                state.trigger_value = value
            else:
                state.string_value = value
        self.connection.send(asked.SerializeToString())
        drawn = Drawn()
        while True:
            frame = self.connection.recv(timeout=60)
            assert isinstance(frame, bytes)
            message = ForwardMsg()
            message.ParseFromString(frame)
            drawn.frames.append(frame)
            match message.WhichOneof("type"):
                case "delta":
                    drawn.elements.append(message.delta.new_element)
                case "script_finished":
                    # A page that changed its own address is drawn again.
                    assert message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY, message
                    return drawn
