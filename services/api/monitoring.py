"""Health and metrics of the API, and what the read models tell that no other process counts."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import psycopg
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from psycopg_pool import PoolTimeout

from projections.journal_query import load_dead_letters, load_model_positions, load_parked

__all__ = ["add_monitoring"]

_UNAVAILABLE: Final = 503


class _Metrics:
    """What is counted."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "kopilka_api_requests", "Requests, by route and status.", ["route", "status"], registry=self.registry
        )
        self.seconds = Histogram("kopilka_api_seconds", "Time to answer, by route.", ["route"], registry=self.registry)
        self.parked = Gauge("kopilka_parked_entities", "Entities whose records are held.", registry=self.registry)
        self.dead_letters = Gauge(
            "kopilka_dead_letters_kept", "Records that nobody could decode.", registry=self.registry
        )
        self.position = Gauge(
            "kopilka_read_model_offset", "Next journal offset to project.", ["partition"], registry=self.registry
        )


def add_monitoring(app: FastAPI) -> None:
    """Add /livez, /readyz and /metrics, and count requests."""
    metrics = _Metrics()
    router = APIRouter(tags=["monitoring"])

    @router.get("/livez")
    def livez() -> dict[str, bool]:
        """Tell that the process answers."""
        return {"alive": True}

    @router.get("/readyz")
    def readyz(request: Request) -> JSONResponse:
        """Tell whether questions can be answered, and how far the read models are."""
        try:
            with request.app.state.pool.connection(timeout=2.0) as connection:
                positions = load_model_positions(connection)
        except (psycopg.Error, PoolTimeout) as error:
            return JSONResponse({"ready": False, "waiting_for": str(error)}, status_code=_UNAVAILABLE)
        shown = [
            {
                "partition": one.journal_partition,
                "next_offset": one.next_offset,
                "recorded_at": None if one.recorded_at is None else one.recorded_at.isoformat(),
            }
            for one in positions
        ]
        is_ready = bool(positions)
        return JSONResponse({"ready": is_ready, "partitions": shown}, status_code=200 if is_ready else _UNAVAILABLE)

    @router.get("/metrics")
    def prometheus(request: Request) -> Response:
        """Give all metrics of this process, in Prometheus' form."""
        _look(metrics, request.app.state.pool)
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    @app.middleware("http")
    async def count(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        began_s = time.monotonic()
        status = 500
        try:
            response = await call_next(request)
            status = response.status_code
        finally:
            # The route's pattern, not the path: that would make one series for each member.
            route = getattr(request.scope.get("route"), "path", "none")
            metrics.requests.labels(route, str(status)).inc()
            metrics.seconds.labels(route).observe(time.monotonic() - began_s)
        return response

    app.include_router(router)


def _look(metrics: _Metrics, pool: Any) -> None:  # noqa: ANN401 (a pool of any connection)
    try:
        with pool.connection(timeout=2.0) as connection:
            metrics.parked.set(len(load_parked(connection)))
            metrics.dead_letters.set(len(load_dead_letters(connection)))
            for one in load_model_positions(connection):
                metrics.position.labels(str(one.journal_partition)).set(one.next_offset)
    except (psycopg.Error, PoolTimeout):
        # What this process counts itself is told all the same; readiness says what is broken.
        return
