"""The welcome: what it tells to copy is what works."""

from __future__ import annotations

import json
import shlex

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.panels.welcome import WelcomePanel

URL = "http://127.0.0.1:4321"


@pytest.fixture
def panel(qtbot: QtBot) -> WelcomePanel:
    panel = WelcomePanel()
    qtbot.addWidget(panel)
    panel.resize(800, 700)
    panel.show()
    return panel


def test_that_the_curl_posts_a_valid_entity_to_the_real_address(panel: WelcomePanel) -> None:
    panel.show_address(URL)
    words = shlex.split(panel.snippets[0].code.text())
    assert words[:2] == ["curl", f"{URL}/eustress/ingest/entity"]
    body = json.loads(words[words.index("-d") + 1])
    assert body["entity"]["id"] == "photon_1"
    assert "Authorization" not in panel.snippets[0].code.text()


def test_that_a_token_is_part_of_the_curl_where_one_is_needed(panel: WelcomePanel) -> None:
    panel.show_address(URL, needs_token=True)
    words = shlex.split(panel.snippets[0].code.text())
    assert "Authorization: Bearer $LAKE_TOKEN" in words


def test_that_copy_copies_what_is_shown(panel: WelcomePanel) -> None:
    panel.show_address(URL)
    for snippet in panel.snippets:
        snippet._copy.click()
        assert QApplication.clipboard().text() == snippet.code.text()
        assert URL in snippet.code.text()


def test_that_the_demo_is_asked_for(panel: WelcomePanel, qtbot: QtBot) -> None:
    panel.show_address(URL)
    with qtbot.waitSignal(panel.demo_requested):
        panel.demo_button.click()


def test_that_a_lake_that_failed_offers_to_try_again(panel: WelcomePanel, qtbot: QtBot) -> None:
    panel.show_failed("PostgreSQL does not answer")
    assert not panel.demo_button.isVisible()
    with qtbot.waitSignal(panel.retry_requested):
        panel.retry_button.click()
    assert not panel.folder_button.isVisible()


def test_that_a_lake_that_failed_says_where_it_is_and_the_ways_out(
    panel: WelcomePanel, qtbot: QtBot
) -> None:
    panel.show_failed("this lake was written by a newer version: update it", "/home/me/lake")
    assert "/home/me/lake" in panel._about.text()
    for button, wish in (
        (panel.folder_button, panel.folder_requested),
        (panel.other_button, panel.other_lake_requested),
        (panel.quit_button, panel.quit_requested),
    ):
        assert button.isVisible()
        with qtbot.waitSignal(wish):
            button.click()
    panel.show_starting("Starting the lake…")
    assert not panel.quit_button.isVisible()


def test_that_a_narrow_welcome_cuts_lines_with_an_ellipsis_and_copies_them_whole(
    panel: WelcomePanel,
) -> None:
    panel.show_address(URL)
    whole = panel.snippets[0].code.text()
    panel.resize(320, 700)
    panel.grab()
    assert panel.minimumSizeHint().width() <= 320
    assert "…" in panel.snippets[0].code.text()
    panel.snippets[0]._copy.click()
    assert QApplication.clipboard().text() == whole
    panel.show_failed("PostgreSQL does not answer", "/home/me/lake")
    panel.grab()
    assert panel.minimumSizeHint().width() <= 320
