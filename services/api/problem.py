"""Answers to requests that cannot be served: problem+json, naming the field, what stood there, and what to do.

Source: RFC 9457 (Problem Details for HTTP APIs).
"""

from __future__ import annotations

from typing import Any, Final

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException

from eventlog.journal import JournalReplacedError
from eventlog.port import BrokenLogError
from services.failure import NotFoundError

__all__ = ["FieldError", "add_problems"]

_MEDIA_TYPE: Final = "application/problem+json"
_SHOWN_CHARACTERS: Final = 80
_BAD_REQUEST: Final = 422
_NOT_FOUND: Final = 404
_BROKEN: Final = 503
#: Seconds after which asking again makes sense when a part of ours does not work.
_RETRY_AFTER_S: Final = "5"


class FieldError(Exception):
    """A part of the request is wrong in a way that only its reader can tell."""

    def __init__(self, field: str, value: object, mend: str) -> None:
        super().__init__(f"{field}: {mend}")
        self.field = field
        self.value = value
        self.mend = mend


def add_problems(app: FastAPI) -> None:
    """Let the app answer every failure as a problem; bugs stay bugs, and their trace is logged."""
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(FieldError, _answer_field)
    app.add_exception_handler(NotFoundError, _answer_missing)
    app.add_exception_handler(HTTPException, _answer_http)
    for broken in (psycopg.OperationalError, PoolTimeout, BrokenLogError, JournalReplacedError):
        app.add_exception_handler(broken, _answer_broken)
    app.add_exception_handler(psycopg.errors.UndefinedTable, _answer_unready)


def _problem(status: int, title: str, detail: str, errors: list[dict[str, Any]] | None = None) -> JSONResponse:
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if errors is not None:
        body["errors"] = errors
    headers = {"Retry-After": _RETRY_AFTER_S} if status == _BROKEN else None
    return JSONResponse(body, status_code=status, media_type=_MEDIA_TYPE, headers=headers)


def _show(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"


async def _answer_validation(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError), "registered for it"
    errors = [
        {"field": ".".join(str(step) for step in one["loc"][1:]), "value": _show(one["input"]), "mend": one["msg"]}
        for one in error.errors()
    ]
    named = ", ".join(one["field"] for one in errors)
    return _problem(_BAD_REQUEST, "The request has a fault", f"Mend and send again: {named}.", errors)


async def _answer_field(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, FieldError), "registered for it"
    errors = [{"field": error.field, "value": _show(error.value), "mend": error.mend}]
    return _problem(_BAD_REQUEST, "The request has a fault", f"Mend and send again: {error.field}.", errors)


async def _answer_missing(_: Request, error: Exception) -> JSONResponse:
    return _problem(_NOT_FOUND, "There is no such thing", str(error))


async def _answer_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException), "registered for it"
    if error.status_code == _NOT_FOUND:
        detail = f"Nothing is at {request.url.path}; /docs lists what there is."
        return _problem(_NOT_FOUND, "There is no such page", detail)
    return _problem(error.status_code, "The request cannot be served", str(error.detail))


async def _answer_broken(_: Request, error: Exception) -> JSONResponse:
    detail = f"Database or log do not work just now ({type(error).__name__}). Try again in some seconds."
    return _problem(_BROKEN, "Not available just now", detail)


async def _answer_unready(_: Request, __: Exception) -> JSONResponse:
    detail = "The read models are not there yet; the projector makes them. Try again in some seconds."
    return _problem(_BROKEN, "Not available just now", detail)
