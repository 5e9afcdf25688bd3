"""The files that pages hold in memory between choosing and confirming."""

from __future__ import annotations

from typing import Any


def forget(given: Any) -> None:
    """Nothing of a file stays in memory once it was confirmed or cancelled."""
    from streamlit.runtime import get_instance
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    context = get_script_run_ctx()
    if context is not None:
        get_instance().uploaded_file_mgr.remove_file(context.session_id, given.file_id)
