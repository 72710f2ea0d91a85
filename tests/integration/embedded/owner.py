"""A process that has the embedded PostgreSQL running: says so on a line, and ends when its input is closed.

The line is `owner` or `guest`. Run as: owner.py STATE_DIR.
"""

import sys
from pathlib import Path

from services.embedded.postgres import EmbeddedPostgres


def _main(state_dir: str) -> None:
    with EmbeddedPostgres(Path(state_dir), is_durable=False) as server:
        sys.stdout.write("owner\n" if server.is_owner else "guest\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    _main(sys.argv[1])
