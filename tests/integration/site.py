"""A Kopilka of a test's own: its database and state folder, its real processes, and whether it has come to rest."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg

from eventlog.opening import open_log
from eventlog.port import BrokenLogError, Log, PartitionBounds, TopicPartition
from eventlog.position import START, Position
from projections.connection import connect
from projections.journal_position import load_positions
from schemas.topic import INPUTS, JOURNAL
from services.process.relay_position import RelayPositions
from tests.integration.program import KOPILKA, Program, read_tail
from tests.waiting import wait_until

__all__ = ["CODE_KEY", "PARTITIONS", "FreshSite", "Site", "count_backlog", "opened_site", "read_bounds"]

PARTITIONS: Final = 4
CODE_KEY: Final = "a secret of the tests, long enough to be one"
_COMMAND_LIMIT_S: Final = 300.0
_REST_LIMIT_S: Final = 240.0
_CAMPAIGNS: Final = Path(__file__).parents[2] / "campaigns" / "journey"


class Site:
    """Settings, processes and commands on one database. Use `opened_site`.

    Args:
        database_url: Holds log and read models.
        folder: For state and outputs; of this site alone.
        cleanup: Ends the processes.
    """

    def __init__(self, database_url: str, folder: Path, cleanup: ExitStack) -> None:
        self.database_url = database_url
        self.folder = folder
        self.log = cleanup.enter_context(open_log(database_url))
        self._cleanup = cleanup
        self._outputs = folder / "output"
        self._outputs.mkdir(exist_ok=True)

    def environment(self, **changes: str) -> dict[str, str]:
        """Give the environment of its processes: none of the caller's settings, its own, and `changes`."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("KOPILKA_")}
        return inherited | {
            "KOPILKA_DATABASE_URL": self.database_url,
            "KOPILKA_STATE_DIR": str(self.folder / "one"),
            "KOPILKA_PARTITIONS": str(PARTITIONS),
            "KOPILKA_CODE_KEY": CODE_KEY,
            **changes,
        }

    def start(self, process: str, instance: str = "one", *, monitor_port: int = 0) -> Program:
        """Start a process; it runs until it is ended, or this site is closed.

        Args:
            process: The command, such as `worker`.
            instance: Its name among its group. Each has a state folder, as each of several machines has.
            monitor_port: As the setting; 0: none.
        """
        changes = {
            "KOPILKA_WORKER_ID": instance,
            "KOPILKA_STATE_DIR": str(self.folder / instance),
            "KOPILKA_MONITOR_PORT": str(monitor_port),
        }
        output = self._outputs / f"{process}-{instance}.log"
        program = Program([process, "--json"], self.environment(**changes), output)
        return self._cleanup.enter_context(program)

    def start_all(self) -> tuple[Program, Program, Program]:
        """Start a worker, a relay and a projector."""
        return self.start("worker"), self.start("relay"), self.start("projector")

    def run(self, *arguments: str) -> dict[str, Any]:
        """Run a command to its end, and give what it prints with `--json`.

        Raises:
            AssertionError: It did not end well.
        """
        done = subprocess.run(
            [KOPILKA, *arguments, "--json"],
            env=self.environment(),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=_COMMAND_LIMIT_S,
            check=False,
        )
        command, said = " ".join(arguments), (done.stdout + done.stderr)[-8_000:]
        assert done.returncode == 0, f"kopilka {command} ended with {done.returncode}:\n{said}"
        answer = json.loads(done.stdout)
        assert isinstance(answer, dict)
        return answer

    def publish(self) -> None:
        """Publish the programme's settings and the six campaigns, and wait until every partition goes by them."""
        # Where the read models are not there yet, there is nothing to see adoptions in.
        self.await_rest()
        self.run("campaign", "publish", str(_CAMPAIGNS), "--wait")

    # -- how far it is

    def journal_end(self) -> int:
        """Give the number of journal records, over all partitions."""
        return sum(bounds.next for place, bounds in read_bounds(self.log).items() if place.topic == JOURNAL)

    def projected(self) -> dict[int, Position]:
        """Give the positions of the read models."""
        with connect(self.database_url) as connection:
            return load_positions(connection)

    def relayed(self) -> dict[int, Position]:
        """Give how far the relays are: of each partition the latest position that one of them has kept."""
        latest = dict.fromkeys(range(PARTITIONS), START)
        for folder in self.folder.glob("*/relay"):
            for partition, position in RelayPositions(folder).load(latest).items():
                latest[partition] = max(latest[partition], position, key=lambda one: one.next_offset)
        return latest

    def is_at_rest(self) -> bool:
        """Whether all inputs are decided and everything that follows from it is relayed and projected.

        The order of the looks is what makes the answer sure: behind a relay that stands at the journal's end no
        message is missing from the inputs, and an input that comes while the rest is looked at changes the bounds.
        """
        try:
            relayed = self.relayed()
            before = read_bounds(self.log)
            projected = self.projected()
            after = read_bounds(self.log)
        except (BrokenLogError, psycopg.OperationalError, psycopg.errors.UndefinedTable):
            return False
        if not projected:
            return False
        return before == after and all(
            bounds.next == relayed[place.partition].next_offset == projected[place.partition].next_offset
            if place.topic == JOURNAL
            else bounds.next == projected[place.partition].source_offsets.get(place.topic, -1) + 1
            for place, bounds in before.items()
        )

    def await_journal(self, end: int) -> None:
        """Wait until the journal holds so many records, over all partitions."""

        def is_there() -> bool:
            try:
                return self.journal_end() >= end
            except BrokenLogError:
                return False

        wait_until(is_there, limit_s=_REST_LIMIT_S, what=f"the journal holds {end} records")

    def await_rest(self) -> None:
        """Wait until it is at rest."""
        wait_until(self.is_at_rest, limit_s=_REST_LIMIT_S, what="everything is decided, relayed and projected")

    def outputs(self) -> str:
        """Give the ends of what the processes wrote."""
        return "\n".join(read_tail(output) for output in sorted(self._outputs.iterdir()))


#: Opens a site of the test's own, with the campaigns in force and nothing fed.
FreshSite = Callable[[], AbstractContextManager[Site]]


def read_bounds(log: Log) -> Mapping[TopicPartition, PartitionBounds]:
    """Give what the journal and the inputs hold now."""
    topics = [JOURNAL, *(topic.name for topic in INPUTS)]
    return log.bounds(TopicPartition(topic, partition) for topic in topics for partition in range(PARTITIONS))


def count_backlog(log: Log) -> int:
    """Give about how many input records are not decided: each has one journal record in the end."""
    bounds = read_bounds(log)
    decided = sum(held.next for place, held in bounds.items() if place.topic == JOURNAL)
    return sum(held.next for held in bounds.values()) - 2 * decided


@contextmanager
def opened_site(database_url: str, folder: Path) -> Iterator[Site]:
    """Give a site for the length of a `with` block; then no process of it is left.

    What goes wrong within the block is told with the ends of the processes' outputs.
    """
    with ExitStack() as cleanup:
        site = Site(database_url, folder, cleanup)
        try:
            yield site
        except Exception as error:
            error.add_note(site.outputs())
            raise
