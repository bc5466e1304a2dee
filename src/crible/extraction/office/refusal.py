"""The error of a reader that knows exactly why a file stays unread."""

from __future__ import annotations

from crible.errors import UnreadableInput


class Refusal(UnreadableInput):
    """A file that is listed and not read. ``reason`` is the code shown beside it, ``detail`` its particulars."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason} ({detail})" if detail else reason)
        self.reason = reason
        self.detail = detail
