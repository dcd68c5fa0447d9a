"""Files that people give us: what is wrong with them is said in one message that names file and place."""

from __future__ import annotations

import json

import pytest

from host.api import InputError
from status_tab.services.files import read_items


@pytest.fixture
def written(tmp_path):
    """Write a file and return its path."""

    def write(content: bytes | str, name: str = "usage.ndjson"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ('{"id": "1"}', ["line 1"]),
        ('{"id":\n "1"}', ["line 1"]),
        ('[{"id": "1"},\n {"id": "2"}]', ["item 1", "item 2"]),
        ('{"id": "1"}\r\n\n{"id": "2"}\n', ["line 1", "line 3"]),
        ('{"id": "1\u2028"}\n{"id": "2"}', ["line 1", "line 2"]),
        ('\ufeff{"id": "1"}\n{"id": "2"}', ["line 1", "line 2"]),
        ("[]", []),
    ],
)
def test_one_event_an_array_and_one_a_line_are_told_apart(written, text, places):
    """Each entry knows where it stood."""
    assert [item.place for item in read_items(written(text))] == places


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b'{"id": "1"}\n{"id": "\xff"}', "line 2"),
        ('{"id": "1"}\n{"id": ', "line 2, column"),
        ('{"id": "1"\n', "line 2, column"),
        ('[{"id": "1"},\n{"id"', "line 2, column"),
        ("time,service\n1,2", "line 1, column 1"),
        (json.dumps({"id": "1"}) + "\n" + "[" * 100_000, "line 2"),
        ('{"id": "1"}\n{"value": ' + "9" * 5000 + "}", "line 2"),
        ("", ""),
        ("\n \n", ""),
    ],
)
def test_a_broken_file_is_refused_as_a_whole_with_its_line(written, content, place):
    """No entry of it counts."""
    path = written(content)
    with pytest.raises(InputError) as caught:
        read_items(path)
    assert caught.value.source == str(path)
    assert caught.value.place.startswith(place)
    assert "expected" in caught.value.problem or "UTF-8" in caught.value.problem


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    """What cannot be opened is said like any other fault."""
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(InputError, match="cannot be read") as caught:
            read_items(path)
        assert caught.value.source == str(path)
