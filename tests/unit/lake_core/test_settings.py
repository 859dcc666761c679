"""Settings: precedence, checks, and messages that name where a bad value was written."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from lake_core.errors import SettingsError
from lake_core.settings import Settings, add_arguments, default_data_dir, is_loopback, load_settings


def parse(*argv: str) -> dict[str, object]:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    parser.add_argument("--screenshot")
    return vars(parser.parse_args(argv))


def write_config(folder: Path, text: str) -> None:
    (folder / "lake.toml").write_text(text, encoding="utf-8")


def load(tmp_path: Path, *argv: str, **environ: str) -> Settings:
    return load_settings(parse("--data-dir", str(tmp_path), *argv), environ)


def refusal(tmp_path: Path, *argv: str, **environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, *argv, **environ)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_that_nothing_given_means_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == Settings(data_dir=tmp_path)
    assert load_settings(parse(), {}).data_dir == default_data_dir()


def test_that_flags_beat_environment_beats_file_beats_defaults(tmp_path: Path) -> None:
    write_config(tmp_path, "port = 7003\nsnapshot_threshold = 5\nsnapshot_min_interval = 2")
    assert load(tmp_path).port == 7003
    assert load(tmp_path, LAKE_PORT="7002").port == 7002
    assert load(tmp_path, "--port", "7001", LAKE_PORT="7002").port == 7001
    assert load(tmp_path).snapshot_threshold == 5
    assert load(tmp_path).snapshot_min_interval == 2.0


def test_that_a_flag_hides_a_bad_variable_of_the_same_name(tmp_path: Path) -> None:
    assert load(tmp_path, "--port", "7001", LAKE_PORT="seven").port == 7001


def test_that_the_environment_can_name_the_data_directory(tmp_path: Path) -> None:
    write_config(tmp_path, "port = 7003")
    settings = load_settings({}, {"LAKE_DATA_DIR": str(tmp_path)})
    assert (settings.data_dir, settings.port) == (tmp_path, 7003)


def test_that_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    assert load(tmp_path, LAKE_TOKEN="", LAKE_PORT="") == Settings(data_dir=tmp_path)


def test_that_a_commands_own_flags_are_left_alone(tmp_path: Path) -> None:
    assert load(tmp_path, "--screenshot", "a.png", "--demo").demo


@pytest.mark.parametrize("port", ["65536", "-1", "seven", "70.5"])
def test_that_a_bad_port_is_refused_by_its_source(tmp_path: Path, port: str) -> None:
    assert refusal(tmp_path, f"--port={port}").startswith("--port:")
    assert refusal(tmp_path, LAKE_PORT=port).startswith("LAKE_PORT:")
    write_config(tmp_path, f"port = '{port}'")
    assert refusal(tmp_path).startswith(f"{tmp_path / 'lake.toml'}: port:")


@pytest.mark.parametrize(
    "line",
    [
        "port = true",
        "port = 7000.5",
        "host = 5",
        "host = ' '",
        "snapshot_threshold = 0",
        "snapshot_min_interval = -1",
        "snapshot_min_interval = nan",
        "snapshot_min_interval = '1'",
        "max_body_bytes = 0",
        "max_spaces = 0",
        "read_timeout = 0",
        "idle_timeout = inf",
        "log_json = 'perhaps'",
        "queue_bytes = 1024",
        "log_level = 'loud'",
        "database_url = 'mysql://host'",
    ],
)
def test_that_a_bad_line_of_the_file_is_refused_by_its_key(tmp_path: Path, line: str) -> None:
    write_config(tmp_path, line)
    assert f"lake.toml: {line.split()[0]}:" in refusal(tmp_path)


def test_that_an_unknown_key_is_refused_and_the_known_ones_are_named(tmp_path: Path) -> None:
    write_config(tmp_path, "prot = 7000")
    assert "'prot'" in refusal(tmp_path)
    assert "port" in refusal(tmp_path)


@pytest.mark.parametrize("key", ["data_dir = '/tmp'", "demo = true"])
def test_that_what_does_not_belong_in_the_file_is_refused(tmp_path: Path, key: str) -> None:
    write_config(tmp_path, key)
    assert "cannot be set here" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"port = ", b"\xff\xfe"])
def test_that_a_file_that_is_not_toml_is_refused_by_its_path(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "lake.toml").write_bytes(content)
    assert refusal(tmp_path).startswith(str(tmp_path / "lake.toml"))


def test_that_a_data_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(SettingsError, match="--data-dir"):
        load_settings(parse("--data-dir", str(file)), {})
    with pytest.raises(SettingsError, match="is a file"):
        load_settings(parse("--data-dir", str(file / "below")), {})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "lake.example"])
def test_that_a_host_others_reach_needs_a_token(tmp_path: Path, host: str) -> None:
    message = refusal(tmp_path, "--host", host)
    assert message.startswith("--host:")
    assert "--token" in message
    assert load(tmp_path, "--host", host, "--token", "secret").host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]"])
def test_that_loopback_needs_no_token(tmp_path: Path, host: str) -> None:
    assert is_loopback(host)
    assert load(tmp_path, "--host", host).token is None


def test_that_secrets_stay_out_of_messages_and_repr(tmp_path: Path) -> None:
    url = "postgresql://me:hush42@host/lake"
    assert "hush42" not in repr(load(tmp_path, "--token", "hush42", DATABASE_URL=url))
    assert "hush42" not in refusal(tmp_path, DATABASE_URL="mysql://me:hush42@host")


@pytest.mark.parametrize(("word", "on"), [("1", True), ("True", True), ("0", False), ("no", False)])
def test_that_the_environment_can_switch_json_logs(tmp_path: Path, word: str, on: bool) -> None:
    assert load(tmp_path, LAKE_LOG_JSON=word).log_json is on
    assert load(tmp_path, "--log-json", LAKE_LOG_JSON=word).log_json is True
    assert refusal(tmp_path, LAKE_LOG_JSON="loud").startswith("LAKE_LOG_JSON:")
