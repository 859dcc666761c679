"""The line above everything that says what is wrong, or went well. It knows no data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from lake_core.errors import DatabaseUnavailable, LakeError
from studio.models.failure_words import failure_words
from studio.panels.chrome import push_button, tool_button
from studio.panels.clamped import ClampedLabel
from studio.theme import THEME, icon, styled

BANNER_LINES: Final = 3


class Banner(QFrame):
    """One line about what is wrong, and what can be done about it; gone when dismissed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark, self._text = QLabel(), ClampedLabel(BANNER_LINES)
        self._deed = push_button("")
        self._dismiss = tool_button("mdi6.close", "Dismiss")
        self._do: Callable[[], None] | None = None
        self._is_good = False
        self._missed: str | None = None
        styled(self, self._rules)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 7, 8, 7)
        row.setSpacing(10)
        row.addWidget(self._mark)
        row.addWidget(self._text, 1)
        row.addWidget(self._deed)
        row.addWidget(self._dismiss)
        self._deed.clicked.connect(self._act)
        self._dismiss.clicked.connect(self.hide)
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    def tell(
        self, text: str, *, deed: str = "", do: Callable[[], None] | None = None, good: bool = False
    ) -> None:
        """Show a line; `deed` names a button that calls `do` and dismisses the banner."""
        self._is_good, self._missed = good, None
        name = "mdi6.check" if good else "mdi6.alert-circle-outline"
        colour = THEME.good if good else THEME.warning
        self._mark.setPixmap(icon(name, colour).pixmap(18, 18))
        self.setStyleSheet(self._rules())
        self._text.setText(text)
        self._deed.setText(deed)
        self._deed.setVisible(bool(deed))
        self._do = do
        self.show()

    def tell_failure(
        self,
        error: LakeError,
        missed: str = "",
        *,
        deed: str = "",
        do: Callable[[], None] | None = None,
    ) -> None:
        """Say why something failed; `missed` is what: "The bookmark was not set".

        What an outage of PostgreSQL is at fault of goes when that has ended. What merely could not
        be read does not hide a deed that failed.
        """
        is_outage = isinstance(error, DatabaseUnavailable)
        if is_outage and not missed and self._missed and self.isVisible():
            return
        self.tell(failure_words(error, missed), deed=deed, do=do)
        self._missed = missed if is_outage else None

    def tell_outage(self, words: str) -> None:
        """Say what an outage of PostgreSQL keeps from being right; it goes when that has ended."""
        self.tell(words)
        self._missed = words

    def end_outage(self) -> None:
        """PostgreSQL is back: what can be done now is offered, and the rest is over."""
        if self._missed is None:
            return
        if self._do is None:
            self.hide()
        else:
            words = f"PostgreSQL is back. {self._missed}."
            self.tell(words, deed=self._deed.text(), do=self._do)

    def _rules(self) -> str:
        colour = THEME.good if self._is_good else THEME.warning
        return (
            f"Banner {{ background: {THEME.raised}; border: 0;"
            f" border-bottom: 1px solid {THEME.line}; border-left: 3px solid {colour}; }}"
        )

    def _act(self) -> None:
        self.hide()
        if self._do is not None:
            self._do()
