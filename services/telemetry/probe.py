"""The monitoring port of a process: /metrics for Prometheus, /livez and /readyz for whoever runs it.

A process is alive while its loop goes round, and ready when it says so; what it says stands in the answer, so that a
person sees which partition waits for what.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

__all__ = ["Health", "PortTakenError", "Probe"]

#: A loop that has not come round for so long hangs; catching up and waiting are done in steps far below it.
_HANG_LIMIT_S: Final = 120.0
_OK: Final = 200
_UNAVAILABLE: Final = 503


class PortTakenError(Exception):
    """The monitoring port cannot be had; the text says which setting to change."""


@dataclass(slots=True)
class Health:
    """What a process says of itself; written by its loop, read by the port's threads."""

    is_ready: bool = False
    #: Shown as JSON by /readyz.
    report: dict[str, Any] = field(default_factory=dict)
    _beat_s: float = field(default_factory=time.monotonic)

    def beat(self, *, is_ready: bool, report: dict[str, Any] | None = None) -> None:
        """Say that the loop came round, and how it fares; without a report the last one stays."""
        if report is not None:
            self.report = report
        self.is_ready = is_ready
        self._beat_s = time.monotonic()

    @property
    def is_alive(self) -> bool:
        """Whether the loop goes round."""
        return time.monotonic() - self._beat_s < _HANG_LIMIT_S


class Probe:
    """Serves the three paths from a thread of its own."""

    def __init__(self, host: str, port: int, *, registry: CollectorRegistry, health: Health) -> None:
        """Begin to serve; port 0: nothing is served.

        Raises:
            PortTakenError: when the port cannot be had.
        """
        self._server: ThreadingHTTPServer | None = None
        if port == 0:
            return
        try:
            self._server = ThreadingHTTPServer((host, port), _answerer(registry, health))
        except OSError as error:
            msg = (
                f"the monitoring port {host}:{port} cannot be had: {error.strerror}; set KOPILKA_MONITOR_PORT to "
                "another number, or to 0 for none"
            )
            raise PortTakenError(msg) from None
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="probe", daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        """Give the probe itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()


def _answerer(registry: CollectorRegistry, health: Health) -> type[BaseHTTPRequestHandler]:
    class Answerer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            match self.path.partition("?")[0]:
                case "/metrics":
                    self._answer(_OK, CONTENT_TYPE_LATEST, generate_latest(registry))
                case "/livez":
                    self._tell(health.is_alive, {"alive": health.is_alive})
                case "/readyz":
                    is_ready = health.is_alive and health.is_ready
                    self._tell(is_ready, {"ready": is_ready, **health.report})
                case _:
                    self._answer(404, "text/plain", b"/metrics, /livez and /readyz are here\n")

        def _tell(self, is_well: bool, report: dict[str, Any]) -> None:  # noqa: FBT001 (private)
            self._answer(_OK if is_well else _UNAVAILABLE, "application/json", json.dumps(report).encode() + b"\n")

        def _answer(self, code: int, kind: str, body: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (the library's name)
            """Say nothing: probes come every few seconds."""

    return Answerer
