"""The legend of the scene: what colours stand for, how many of each, and a click that filters.

By flux it reads and sets the session's filter, and is told the counts; by anything else it shows
the key of a Colouring, which its head chooses. Knows no arrays and no drawing but its own parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from studio.models.colouring import CLASS, DEPTH, FLUX, PARAMETER, RECENCY, Colouring, Tints
from studio.models.plain_values import keyless
from studio.panels.flux_row import FluxRow
from studio.panels.legend_key import LegendKey
from studio.session import ALL_FLUX, SACRED_FLUX, Session
from studio.theme import SMALL_PX, THEME, head_font, icon, styled, text_font

WIDTH: Final = 172
BY_WORDS: Final = {FLUX: "Flux", CLASS: "Class", DEPTH: "Depth", RECENCY: "Last change"}
MOST_PARAMETERS: Final = 30


class SceneLegend(QFrame):
    """The card in the scene's corner; folds to its head."""

    resized = Signal()

    def __init__(
        self, session: Session, colouring: Colouring, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._colouring = session, colouring
        self._before = session.flux_filter  # the filter before the last click, for double-clicks
        self.rows = [FluxRow(position) for position in range(10)]
        self.key = LegendKey()
        self.setObjectName("legend")
        styled(
            self,
            lambda: (
                f"#legend {{ background: {THEME.panel}; border: 1px solid {THEME.line};"
                " border-radius: 8px; }"
            ),
        )
        self.setFixedWidth(WIDTH)
        self._build()
        for row in self.rows:
            row.clicked.connect(self._toggle)
            row.isolate_requested.connect(self._isolate)
        session.flux_filter_changed.connect(self._show_filter)
        colouring.changed.connect(self._show_colouring)
        self._show_filter(session.flux_filter)
        self._show_colouring()

    def set_counts(self, counts: Sequence[int]) -> None:
        """How many entities hold each position, 0 to 9."""
        for row, count in zip(self.rows, counts, strict=True):
            row.set_count(int(count))

    def show_tints(self, tints: Tints) -> None:
        """Say what other colours than those of flux stand for."""
        height = self.key.sizeHint().height()
        self.key.show_tints(tints)
        if height != self.key.sizeHint().height():
            self._fit()

    @property
    def is_folded(self) -> bool:
        """Whether only the head is shown."""
        return self._body.isHidden()

    def fold(self, folded: bool) -> None:
        """Show only the head, or all."""
        if folded == self.is_folded:
            return
        self._body.setVisible(not folded)
        self._chevron.setIcon(icon("mdi6.chevron-up" if folded else "mdi6.chevron-down"))
        self._fit()

    def colour_menu(self) -> QMenu:
        """What there is to colour by, as things are now; deletes itself when it is shut."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        names = self._colouring.parameters()[:MOST_PARAMETERS]
        others = {PARAMETER + name: name for name in names}
        for what, words in {**BY_WORDS, **others}.items():
            if what == next(iter(others), None):
                menu.addSeparator()
            action = menu.addAction(keyless(words))
            action.setCheckable(True)
            action.setChecked(what == self._colouring.by)
            action.triggered.connect(partial(self._colouring.colour_by, what))
        return menu

    def _fit(self) -> None:
        self._body.adjustSize()
        self.adjustSize()
        self.resized.emit()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(7, 5, 7, 7)
        layout.setSpacing(3)
        layout.addLayout(self._head())
        self._body, self._by_flux = QWidget(), QWidget()
        body = QVBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.addWidget(self._by_flux)
        body.addWidget(self.key)
        rows = QVBoxLayout(self._by_flux)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        for row in self.rows:
            rows.addWidget(row)
        rows.addSpacing(4)
        rows.addLayout(self._foot())
        layout.addWidget(self._body)

    def _head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        self.title = QToolButton()
        self.title.setFont(head_font())
        styled(self.title, lambda: f"color: {THEME.text_quiet}; padding: 2px 6px;")
        self.title.setIcon(icon("mdi6.menu-down"))
        self.title.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.title.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.title.setToolTip("What colours stand for")
        self.title.clicked.connect(self._choose)
        head.addWidget(self.title)
        head.addStretch()
        self._chevron = QToolButton()
        self._chevron.setIcon(icon("mdi6.chevron-down"))
        self._chevron.setToolTip("Fold or unfold the legend")
        self._chevron.setFixedSize(20, 20)
        self._chevron.clicked.connect(lambda: self.fold(not self.is_folded))
        head.addWidget(self._chevron)
        return head

    def _choose(self) -> None:
        self.colour_menu().popup(self.title.mapToGlobal(self.title.rect().bottomLeft()))

    def _show_colouring(self) -> None:
        by = self._colouring.by
        words = BY_WORDS.get(by, by.removeprefix(PARAMETER))
        metrics = self.title.fontMetrics()
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, WIDTH - 78)
        self.title.setText(keyless(shown))
        self.title.setAccessibleName(f"Coloured by {words}")
        self._by_flux.setVisible(self._colouring.is_by_flux)
        self.key.setVisible(not self._colouring.is_by_flux)
        self._fit()

    def _foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setSpacing(4)
        self.sacred_only = _small_button("Sacred only", "Show positions 3, 6 and 9 alone")
        self.sacred_only.setCheckable(True)
        self.sacred_only.clicked.connect(self._toggle_sacred)
        self.show_all = _small_button("Show all", "Clear the filter")
        self.show_all.clicked.connect(lambda: self._session.filter_flux(ALL_FLUX))
        foot.addWidget(self.sacred_only)
        foot.addStretch()
        foot.addWidget(self.show_all)
        return foot

    def _toggle(self) -> None:
        row = self.sender()
        assert isinstance(row, FluxRow)
        self._before = self._session.flux_filter
        self._session.filter_flux(self._before ^ {row.position})

    def _isolate(self, position: int) -> None:
        """That one alone; where it already was alone, all. A double-click's first half toggled."""
        alone = frozenset({position})
        already = alone in (self._session.flux_filter, self._before) and (
            self._session.flux_filter <= alone
        )
        self._before = self._session.flux_filter
        self._session.filter_flux(ALL_FLUX if already else alone)

    def _toggle_sacred(self) -> None:
        sacred = self._session.flux_filter == SACRED_FLUX
        self._session.filter_flux(ALL_FLUX if sacred else SACRED_FLUX)

    def _show_filter(self, shown: frozenset[int]) -> None:
        for row in self.rows:
            row.setChecked(row.position in shown)
        self.sacred_only.setChecked(shown == SACRED_FLUX)
        self.show_all.setVisible(shown != ALL_FLUX)


def _small_button(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setFont(text_font(SMALL_PX + 1))
    return button
