"""Log lines as events with fields: JSON for machines, one readable line on a terminal; always on standard error."""

from __future__ import annotations

import logging
import sys
from typing import Final, cast

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import FilteringBoundLogger, Processor

from services.settings import Settings

__all__ = ["set_up_logging"]

#: Foreign loggers that say at INFO what is no news: a pool's connections, each HTTP request.
_TALKATIVE: Final = ("psycopg.pool", "uvicorn.access", "httpx")


def set_up_logging(settings: Settings, process: str) -> FilteringBoundLogger:
    """Set up logging for this process, foreign loggers too, and give the logger; `process` stands in every line."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    is_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    renderer: list[Processor] = (
        [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
        if is_json
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    structlog.configure(
        processors=[*shared, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(process=process)
    _take_foreign(level, shared, renderer)
    return cast("FilteringBoundLogger", structlog.get_logger())


def _take_foreign(level: int, shared: list[Processor], renderer: list[Processor]) -> None:
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(
        ProcessorFormatter(foreign_pre_chain=shared, processors=[ProcessorFormatter.remove_processors_meta, *renderer])
    )
    root = logging.getLogger()
    root.handlers = [lines]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
