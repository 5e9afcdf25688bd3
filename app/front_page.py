"""The page that Streamlit starts from, in the reader's language and without what a strict policy forbids; our icon."""

from __future__ import annotations

import re
from typing import Any

from app.sign_in import WATCH

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#1f4e79"/>'
    '<path d="M8 17l6 6 10-14" fill="none" stroke="#fff" stroke-width="4"/></svg>'
)


def front_page(index: str, lang: str) -> str:
    """Streamlit's index.html in the reader's language, without its inline script and its notes for programs."""
    page = re.sub(r"<!--.*?-->", "", index, flags=re.DOTALL)
    page = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    page = re.sub(r'<link\s+rel="service-desc"[^>]*>', "", page)
    say = {"zh": "本页面需要启用 JavaScript。", "en": "This page needs JavaScript."}[lang]
    page = re.sub(r"<noscript>.*?</noscript>", f"<noscript><p>{say}</p></noscript>", page, flags=re.DOTALL)
    page = page.replace("<title>Streamlit</title>", f'<title>督察 Ducha</title><script src="{WATCH}" defer></script>')
    return page.replace('<html lang="en">', f'<html lang="{"zh-CN" if lang == "zh" else "en"}">')


def streamlit_options(upload_mb: int) -> dict[str, Any]:
    """What is off: usage statistics, exports, tracebacks in the browser, watchers; and how large a file may be."""
    return {
        "browser.gatherUsageStats": False,
        "client.allowedOrigins": [],
        "client.disableDataExport": True,
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "client.showSidebarNavigation": False,
        "client.toolbarMode": "minimal",
        "global.developmentMode": False,
        "logger.enableRich": False,
        "logger.level": "warning",
        # It would walk every object of the process after each drawing, which costs more than most drawings do.
        "runner.postScriptGC": False,
        "server.fileWatcherType": "none",
        "server.headless": True,
        "server.enableXsrfProtection": True,
        "server.maxUploadSize": upload_mb,
        "theme.base": "light",
        "theme.primaryColor": "#1f4e79",
        "theme.font": '"Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", sans-serif',
    }
