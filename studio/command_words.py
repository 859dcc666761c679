"""Words a person may type for a command whose title lacks them; the palette finds it by them too.

Keyed by title, without the dots that say a dialog comes. Knows no command itself.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QAction

from studio.actions import title_of

WORDS: Final = {
    "Play the demo scene": "example sample start try",
    "Replay a recording": "import load open file jsonl ndjson",
    "Open another lake": "switch change project folder directory data",
    "Open a PostgreSQL": "connect database server switch",
    "Attach to a running server": "connect remote lake-server url host port token join watch",
    "Back to the lake before": "detach disconnect leave server return undo",
    "Copy the lake's address": "url host port server clipboard",
    "Quit": "exit close leave",
    "Undo": "back revert",
    "Redo": "again repeat",
    "Search the hierarchy": "find filter look entity tree",
    "Fit the scene": "zoom all camera frame reset center centre",
    "Bring the selection into view": "zoom focus camera go find frame center centre",
    "Sacred entities only": "flux filter ethos pathos logos 3 6 9",
    "Monitor": "graph chart statistics figures health performance rate database log dashboard",
    "Dark theme": "night mode appearance color colour style settings preferences",
    "Light theme": "day mode appearance color colour style settings preferences",
    "Full screen": "fullscreen maximise maximize window",
    "Save this layout": "arrange panels workspace window",
    "Reset layout": "restore default panels workspace window",
    "Show hierarchy": "hide panel tree outline entities list",
    "Show inspector": "hide panel details properties fields parameters history graph chart",
    "Show epochs": "hide panel training datasets",
    "Show timeline": "hide panel snapshots changes history",
    "Show compare": "hide panel difference diff",
    "Go live": "now present current return end",
    "Play the past": "replay start animate stop pause halt",
    "To the snapshot before": "previous last back",
    "To the next snapshot": "forward",
    "To the change before": "previous last back step",
    "To the next change": "forward step",
    "Play slower": "speed rate pace",
    "Play faster": "speed rate pace",
    "Go to a time": "jump date clock past",
    "Bookmark this instant": "mark note remember favourite favorite",
    "Compare two moments": "diff difference changed",
    "Take a snapshot": "save capture keep checkpoint",
    "Delete the chosen snapshots": "remove discard drop",
    "New epoch": "create make training dataset freeze",
    "Export epoch": "save download write parquet jsonl webdataset dataset training",
    "Schedules": "automatic every timer cron regular snapshots",
    "Retention": "delete remove clean old space disk policy keep",
    "Archives": "delete remove cold storage put away restore disk s3 backup",
    "How to connect an engine": "server client script api curl rune luau python start",
    "Show me around": "tour tutorial guide introduction welcome learn",
    "Keyboard and mouse": "keys shortcuts hotkeys bindings cheat sheet",
    "About Eustress Lake Studio": "version",
    "Hide the selection": "visibility invisible entity",
    "Show only the selection": "isolate solo hide others",
    "Show everything": "unhide visible all",
    "Select with a box": "rectangle marquee",
    "Lines of the hierarchy and of the selection": "links edges tree graph",
    "Connections of the whole scene, by type": "links edges graph network",
    "Names of the nearest entities": "labels text",
    "Trails of what moves": "paths tracks motion",
    "Flat view, without perspective": "orthographic 2d camera",
    "Points as large as their entities": "size scale",
    "Draw with the graphics card": "gpu opengl render hardware",
    "Colour by flux": "color paint",
    "Colour by class": "color paint type",
    "Colour by depth": "color paint level",
    "Colour by last change": "color paint recent heat age",
    "Look from the front": "camera view side",
    "Look from the right": "camera view side",
    "Look from the top": "camera view above",
}


def words_of(action: QAction) -> list[str]:
    """The words a command is found by beside its title; none where the title says it all."""
    return WORDS.get(title_of(action), "").split()
