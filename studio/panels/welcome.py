"""What an empty lake shows: how to connect an engine, or a demo to play.

Told the address; emits the wish for the demo. Gone with the first entity.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from studio.models.plain_values import capitalised
from studio.panels.chrome import ElidedLabel, push_button, quiet_label, tool_button
from studio.theme import THEME, icon, mono_font, section_head, styled, text_font

CARD_WIDTH: Final = 620
LEAST_CARD_WIDTH: Final = 270
CODE_MARGINS: Final = 16 + 8
CURL: Final = """curl {url}/eustress/ingest/entity \\
{token}  -H 'Content-Type: application/json' \\
  -d '{{"space_name": "my_space", "entity": {{
       "id": "photon_1", "name": "Photon", "class_type": "Particle",
       "position": [1, 2, 3], "parameters": {{"energy": 3.6}}}}}}'"""
RUNE: Final = """use eustress::http_post_async;

let at = `[${{position.x}},${{position.y}},${{position.z}}]`;
let entity = `{{"id":"${{id}}","name":"${{name}}","position":${{at}}}}`;
let body = `{{"space_name":"my_space","entity":${{entity}}}}`;
http_post_async("{url}/eustress/ingest/entity", body);"""
TOKEN: Final = """  -H "Authorization: Bearer $LAKE_TOKEN" \\
"""
PLACEHOLDER: Final = "http://127.0.0.1:7000"


class Snippet(QFrame):
    """Code under a heading, with a button that copies it."""

    def __init__(self, title: str, template: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._template, self._whole = template, ""
        self.code = QLabel(textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        self.code.setTextFormat(Qt.TextFormat.PlainText)
        self.code.setFont(mono_font())
        self.code.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._copy = tool_button("mdi6.content-copy", f"Copy: {title}")
        self._copy.clicked.connect(self._copied)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 8, 14)
        row = QHBoxLayout()
        row.addWidget(section_head(title))
        row.addStretch(1)
        row.addWidget(self._copy)
        column.addLayout(row)
        column.addWidget(self.code)

    def show_url(self, url: str, needs_token: bool) -> None:
        """Write the real address into the code."""
        token = TOKEN if needs_token else ""
        self._whole = self._template.format(url=url, token=token)
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the lines anew; what is copied is whole."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        metrics, width = self.code.fontMetrics(), self.width() - CODE_MARGINS
        cut = Qt.TextElideMode.ElideRight
        lines = (metrics.elidedText(line, cut, width) for line in self._whole.splitlines())
        self.code.setText("\n".join(lines))

    def _copied(self) -> None:
        QApplication.clipboard().setText(self._whole)
        self._copy.setIcon(icon("mdi6.check", THEME.good))
        QTimer.singleShot(900, self, lambda: self._copy.setIcon(icon("mdi6.content-copy")))


class WelcomePanel(QWidget):
    """The centre of the window until the first entity arrives."""

    demo_requested = Signal()
    retry_requested = Signal()
    other_lake_requested = Signal()
    folder_requested = Signal()
    quit_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        styled(self, lambda: f"WelcomePanel {{ background: {THEME.ground}; }}")
        self._title, self._about = QLabel("Starting the lake…"), quiet_label()
        self.snippets = (Snippet("From a shell", CURL), Snippet("From a Rune script", RUNE))
        self.demo_button: QPushButton = push_button(
            "Play the demo scene", icon_name="mdi6.play", main=True
        )
        self.retry_button = push_button("Try again", main=True)
        self.folder_button = push_button("Show its folder")
        self.other_button = push_button("Open another lake…")
        self.quit_button = push_button("Quit")
        self._ways_out = (
            self.retry_button,
            self.folder_button,
            self.other_button,
            self.quit_button,
        )
        self._waiting = ElidedLabel()
        self._waiting.setProperty("quiet", True)
        self.demo_button.clicked.connect(self.demo_requested)
        self.retry_button.clicked.connect(self.retry_requested)
        self.folder_button.clicked.connect(self.folder_requested)
        self.other_button.clicked.connect(self.other_lake_requested)
        self.quit_button.clicked.connect(self.quit_requested)
        self._build()
        self.show_starting("Starting the lake…")

    def show_starting(self, text: str) -> None:
        """The lake is not open yet."""
        self._title.setText(text)
        self._about.setText("The database wakes up; this takes a moment the first time.")
        self._set_ready(False)

    def show_failed(self, text: str, folder: str = "") -> None:
        """The lake could not be opened; `folder` is where it is kept, "" if elsewhere."""
        self._title.setText("The lake could not be opened")
        said = f"{capitalised(text).rstrip('.')}."
        kept = f"\n\nIt is kept in {folder}" if folder else ""
        self._about.setText(said + kept)
        self._set_ready(False)
        for button in self._ways_out:
            button.show()
        self.folder_button.setVisible(bool(folder))
        self.retry_button.setFocus()

    def show_address(self, url: str, needs_token: bool = False) -> None:
        """It listens: say where."""
        self._title.setText("Ready for a scene")
        self._about.setText(
            "Send an entity from the engine and it appears here at once. Every change is kept."
        )
        for snippet in self.snippets:
            snippet.show_url(url or PLACEHOLDER, needs_token)
        self._waiting.set_whole(f"Listening on {url}" if url else "Not listening: see above.")
        self._set_ready(True)

    def _set_ready(self, ready: bool) -> None:
        for button in self._ways_out:
            button.hide()
        for widget in (*self.snippets, self.demo_button, self._waiting):
            widget.setVisible(ready)

    def _build(self) -> None:
        card = QWidget()
        card.setMinimumWidth(LEAST_CARD_WIDTH)
        card.setMaximumWidth(CARD_WIDTH)
        column = QVBoxLayout(card)
        column.setSpacing(14)
        self._title.setFont(text_font(26, medium=True))
        self._about.setFont(text_font(14))
        self._about.setWordWrap(True)
        self._about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self._title)
        column.addWidget(self._about)
        column.addLayout(self._button_rows())
        column.addSpacing(4)
        for snippet in self.snippets:
            column.addWidget(snippet)
        column.addWidget(self._waiting)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        middle = QHBoxLayout()  # not an alignment: that would cut wrapped text off
        middle.addStretch(1)
        middle.addWidget(card, CARD_WIDTH)  # as wide as it may be, before there is air
        middle.addStretch(1)
        outer.addLayout(middle)
        outer.addStretch(3)

    def _button_rows(self) -> QVBoxLayout:
        """Two to a row, so that a narrow window has room for them."""
        rows = QVBoxLayout()
        for buttons in (
            (self.demo_button,),
            (self.retry_button, self.other_button),
            (self.folder_button, self.quit_button),
        ):
            row = QHBoxLayout()
            for button in buttons:
                row.addWidget(button)
            row.addStretch(1)
            rows.addLayout(row)
        return rows
