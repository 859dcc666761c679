"""The lake's settings: names, defaults, checks, and where each value comes from.

It must not know what the settings are used for: it opens no database and no port.
"""

from __future__ import annotations

from lake_core.settings.loading import add_arguments, config_file, is_loopback, load_settings
from lake_core.settings.model import CONFIG_NAME, Settings, default_data_dir

__all__ = [
    "CONFIG_NAME",
    "Settings",
    "add_arguments",
    "config_file",
    "default_data_dir",
    "is_loopback",
    "load_settings",
]
