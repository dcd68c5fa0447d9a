"""One plugin on either side of the border, for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from builders.twofold import Twofold, on_one_side

from host.domain.people import command_line

CLI = command_line([])


@pytest.fixture(scope="module", params=[False, True], ids=["in process", "in a runner"])
def side(request, tmp_path_factory) -> Iterator[Twofold]:
    """The plugin on either side; all tests of one side share a host."""
    with on_one_side(tmp_path_factory.mktemp("side"), remote=request.param) as side:
        assert side.client  # whichever test comes first: signing in is logged, and none of its doing
        yield side


@pytest.fixture
def twofold(side) -> Iterator[Twofold]:
    """The same, as it was at first when the test has ended."""
    yield side
    side.forget()
