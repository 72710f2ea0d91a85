"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

__all__ = ["AsJson", "WithParent", "has_json"]

_JSON_KEY: Final = "kopilka.json"


def _note_json(ctx: typer.Context, value: bool) -> bool:  # noqa: FBT001 (typer's signature)
    ctx.meta[_JSON_KEY] = value
    return value


def has_json(ctx: Any) -> bool:  # noqa: ANN401 (click's own type, which typer carries along)
    """Tell whether the call asked for JSON."""
    return bool(ctx.meta.get(_JSON_KEY))


AsJson = Annotated[
    bool, typer.Option("--json", callback=_note_json, help="Print one JSON object instead of text for people.")
]
WithParent = Annotated[
    bool, typer.Option("--with-parent", hidden=True, help="End when standard input does; for kopilka up.")
]
