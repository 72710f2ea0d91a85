"""The API as an application: its pool, its routes, its description."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import psycopg
from fastapi import FastAPI
from psycopg_pool import ConnectionPool

from projections.connection import READ_MODEL, see_schema
from services.api.monitoring import add_monitoring
from services.api.problem import add_problems
from services.api.route import make_router
from services.backend import Backend
from services.settings import Settings

__all__ = ["make_api"]

_POOL_CONNECTIONS: Final = 8
_POOL_TIMEOUT_S: Final = 5.0
_DESCRIPTION: Final = """Points of members, gifts to causes, and why.

Amounts are integers in the minor unit of the unit beside them (cents for USD; points for POINT:journey). Times are
RFC 3339 in UTC. Errors are problem+json and name the field, what stood there, and what to do. Answers are as new as the
read models, some tenths of a second behind the journal.
"""


def make_api(settings: Settings, backend: Backend) -> FastAPI:
    """Make the application; nothing is connected before it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        pool = ConnectionPool(
            backend.database_url,
            min_size=1,
            max_size=_POOL_CONNECTIONS,
            timeout=_POOL_TIMEOUT_S,
            kwargs={"autocommit": True, "application_name": "kopilka-api"},
            configure=_configure,
            # A connection that a restart of the server broke is found before a question is asked on it.
            check=ConnectionPool.check_connection,
            open=False,
        )
        pool.open()
        app.state.pool, app.state.settings, app.state.backend = pool, settings, backend
        try:
            yield
        finally:
            pool.close()

    app = FastAPI(title="Kopilka", version="1", description=_DESCRIPTION, lifespan=lifespan)
    add_problems(app)
    add_monitoring(app)
    app.include_router(make_router())
    return app


def _configure(connection: psycopg.Connection) -> None:
    see_schema(connection, READ_MODEL)
