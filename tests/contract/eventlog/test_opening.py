"""Which log an address means."""

import pytest

from eventlog.memory import MemoryLog
from eventlog.opening import open_log
from eventlog.port import TopicSettings
from eventlog.postgres.log import PostgresLog


def test_memory_is_a_new_log_each_time() -> None:
    """Two openings share nothing."""
    with open_log("memory://") as one, open_log("memory://") as two:
        one.create_topics([TopicSettings(name="test.v1", partitions=1)])
        assert isinstance(two, MemoryLog)
        assert two.partition_counts() == {}


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_an_address_of_postgresql_opens_its_log(scheme: str) -> None:
    """Nothing is connected by that: the server need not be there."""
    with open_log(f"{scheme}://nobody@localhost:1/nothing") as log:
        assert isinstance(log, PostgresLog)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("mysql://user:secret@host/log", id="another-store"),
        pytest.param("memory://name", id="memory-has-no-names"),
        pytest.param("user:secret@host", id="no-scheme"),
        pytest.param("", id="empty"),
    ],
)
def test_other_addresses_are_refused_with_the_forms_that_are_known(url: str) -> None:
    """The message says what would do, and shows no password."""
    with pytest.raises(ValueError, match=r"postgresql://.*memory://") as raised:
        open_log(url)
    assert "secret" not in str(raised.value)
