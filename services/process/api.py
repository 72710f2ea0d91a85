"""The API process: an HTTP server, until it is told to stop."""

from __future__ import annotations

import threading

import uvicorn
from prometheus_client import disable_created_metrics

from services.api.app import make_api
from services.backend import running_backend
from services.failure import ExitCode, describe_failure
from services.process.lifetime import Lifetime
from services.settings import Settings, SettingsError
from services.telemetry.logger import set_up_logging

__all__ = ["ApiServer", "run_api"]


class ApiServer:
    """The HTTP server; may be ended from any thread."""

    def __init__(self, app: object, host: str, port: int) -> None:
        self._address = f"{host}:{port}"
        config = uvicorn.Config(
            app,  # type: ignore[arg-type]  # any ASGI application
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=5,
        )
        self._server = uvicorn.Server(config)

    def run(self, lifetime: Lifetime) -> None:
        """Serve until the lifetime is over, or a signal comes.

        The server takes signals itself, and raises them again when it has stopped: they must end the lifetime, not
        the process, or what was opened around it would stay behind.

        Raises:
            SettingsError: when the port cannot be had.
        """

        def watch() -> None:
            while not lifetime.wait(1.0):
                pass
            self._server.should_exit = True

        threading.Thread(target=watch, name="api-end", daemon=True).start()
        try:
            self._server.run()
        except SystemExit as error:
            # uvicorn logs why, and leaves by itself.
            if error.code:
                msg = f"the API cannot listen on {self._address}; set KOPILKA_API_PORT to another number"
                raise SettingsError(msg) from None


def run_api(settings: Settings, *, has_parent: bool = False) -> ExitCode:
    """Serve the API to its end, and say how it ended."""
    logger = set_up_logging(settings, "api")
    disable_created_metrics()  # type: ignore[no-untyped-call]  # the library types it not
    lifetime = Lifetime()
    lifetime.end_on_signals()
    if has_parent:
        lifetime.end_with_parent()
    try:
        with running_backend(settings) as backend:
            logger.info("started", url=f"http://{settings.listen_host}:{settings.api_port}")
            ApiServer(make_api(settings, backend), settings.listen_host, settings.api_port).run(lifetime)
        logger.info("stopped")
    except Exception as error:
        failure = describe_failure(error)
        if failure is None:
            logger.exception("failed")
            return ExitCode.WRONG
        # No trace: the text says it all.
        logger.error("failed", error=type(error).__name__, text=failure.text)  # noqa: TRY400
        return failure.exit_code
    return ExitCode.WELL
