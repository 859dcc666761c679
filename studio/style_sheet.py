"""A theme's colours for Qt: the palette of its style, and the rules that a palette cannot say."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from studio.colours import Theme


def palette_of(t: Theme) -> QPalette:
    """What a style draws with."""
    palette, role = QPalette(), QPalette.ColorRole
    colours = {
        role.Window: t.panel,
        role.WindowText: t.text,
        role.Base: t.panel,
        role.AlternateBase: t.panel,
        role.Text: t.text,
        role.PlaceholderText: t.text_quiet,
        role.Button: t.raised,
        role.ButtonText: t.text,
        role.BrightText: t.text_selected,
        role.Highlight: t.selection,
        role.HighlightedText: t.text_selected,
        role.ToolTipBase: t.raised,
        role.ToolTipText: t.text,
        role.Link: t.accent,
        role.LinkVisited: t.accent,
        role.Accent: t.accent,
        role.Light: t.line_strong,
        role.Midlight: t.line,
        role.Mid: t.line,
        role.Dark: t.ground,
        role.Shadow: t.ground,
    }
    for one, colour in colours.items():
        palette.setColor(one, QColor(colour))
    for one in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, one, QColor(t.disabled))
    return palette


def style_sheet(t: Theme) -> str:
    """What a palette cannot say. Widgets opt in by property: `main`, `quiet`, `flat`, `card`."""
    return f"""
    QMainWindow::separator {{ background: {t.line}; width: 1px; height: 1px; }}
    QMainWindow::separator:hover {{ background: {t.accent}; }}
    QLabel[quiet="true"] {{ color: {t.text_quiet}; }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QLabel[danger="true"] {{ color: {t.danger}; }}
    QMenuBar {{ background: {t.panel}; padding: 2px 6px; }}
    QMenuBar::item {{ padding: 4px 9px; border-radius: 4px; background: transparent; }}
    QMenuBar::item:selected {{ background: {t.hover}; }}
    QMenu {{ background: {t.raised}; border: 1px solid {t.line_strong}; padding: 5px; }}
    QMenu::item {{ padding: 5px 26px 5px 12px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {t.selection}; color: {t.text_selected}; }}
    QMenu::item:disabled {{ color: {t.disabled}; background: transparent; }}
    QMenu::separator {{ height: 1px; background: {t.line}; margin: 5px 8px; }}
    QMenu::icon {{ padding-left: 8px; }}
    QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line_strong};
        padding: 4px 6px; }}
    QLineEdit, QPlainTextEdit, QComboBox, QSpinBox, QDoubleSpinBox {{ background: {t.raised};
        border: 1px solid {t.line}; border-radius: 5px; padding: 4px 8px;
        selection-background-color: {t.accent_fill}; }}
    QLineEdit:hover, QComboBox:hover, QPlainTextEdit:hover, QDoubleSpinBox:hover {{
        border-color: {t.line_strong}; }}
    QLineEdit:focus, QPlainTextEdit:focus, QComboBox:focus, QDoubleSpinBox:focus {{
        border-color: {t.accent}; }}
    QDoubleSpinBox QLineEdit {{ border: 0; padding: 0; background: transparent; }}
    QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {{ width: 0; border: 0; }}
    QComboBox::drop-down {{ border: 0; width: 22px; }}
    QComboBox QAbstractItemView {{ background: {t.raised}; border: 1px solid {t.line_strong};
        padding: 4px; outline: 0; }}
    QPushButton {{ background: {t.raised}; border: 1px solid {t.line_strong}; border-radius: 5px;
        padding: 5px 14px; }}
    QPushButton:hover {{ background: {t.hover}; }}
    QPushButton:focus {{ border-color: {t.accent}; }}
    QPushButton:pressed {{ background: {t.line}; }}
    QPushButton:disabled {{ color: {t.disabled}; border-color: {t.line}; background: {t.panel}; }}
    QPushButton[main="true"] {{ background: {t.accent_fill}; border-color: {t.accent_fill};
        color: {t.on_accent}; font-weight: 500; }}
    QPushButton[main="true"]:hover {{ background: {t.accent}; }}
    QPushButton[main="true"]:focus {{ border-color: {t.text}; }}
    QPushButton[main="true"]:disabled {{ background: {t.raised}; border-color: {t.line};
        color: {t.disabled}; }}
    QPushButton[danger="true"] {{ color: {t.danger}; }}
    QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 5px;
        padding: 4px; }}
    QToolButton:hover {{ background: {t.hover}; }}
    QToolButton:focus {{ border-color: {t.accent}; }}
    QToolButton:checked {{ background: {t.hover}; color: {t.text}; }}
    QToolButton::menu-indicator {{ image: none; }}
    QPushButton[field="true"] {{ border-color: {t.line}; text-align: left; padding: 4px 10px; }}
    QPushButton[field="true"]:hover {{ border-color: {t.line_strong}; }}
    QPushButton::menu-indicator {{ image: none; }}
    QTabBar {{ background: {t.panel}; qproperty-drawBase: 0; }}
    QTabBar::tab {{ background: transparent; color: {t.text_quiet}; border: 0;
        border-bottom: 2px solid transparent; padding: 7px 12px 5px 12px; }}
    QTabBar::tab:selected {{ color: {t.text}; border-bottom-color: {t.accent}; }}
    QTabBar::tab:hover {{ color: {t.text}; }}
    QTableWidget::item {{ padding: 0 8px; }}
    QTableWidget QHeaderView::section {{ padding: 4px 11px; }}
    QTableView, QTreeView, QListView {{ background: {t.panel}; border: 0; outline: 0; }}
    QHeaderView::section {{ background: {t.panel}; color: {t.text_quiet}; border: 0;
        border-bottom: 1px solid {t.line}; padding: 4px 10px; }}
    QScrollArea {{ border: 0; background: transparent; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
    QScrollBar::handle {{ background: {t.line}; border-radius: 3px; margin: 2px; }}
    QScrollBar::handle:hover {{ background: {t.line_strong}; }}
    QScrollBar::handle:vertical {{ min-height: 28px; }}
    QScrollBar::handle:horizontal {{ min-width: 28px; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QProgressBar {{ background: {t.raised}; border: 0; border-radius: 3px; max-height: 6px;
        min-height: 6px; }}
    QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
    QRadioButton {{ spacing: 8px; }}
    QRadioButton::indicator {{ width: 14px; height: 14px; border-radius: 8px;
        border: 1px solid {t.line_strong}; background: {t.raised}; }}
    QRadioButton::indicator:hover, QRadioButton::indicator:focus {{ border-color: {t.accent}; }}
    QRadioButton::indicator:checked {{ width: 6px; height: 6px; border: 5px solid {t.accent_fill};
        background: {t.on_accent}; }}
    QFrame[card="true"] {{ background: {t.raised}; border: 1px solid {t.line};
        border-radius: 7px; }}
    QStatusBar {{ background: {t.panel}; border-top: 1px solid {t.line}; }}
    QStatusBar::item {{ border: 0; }}
    """
