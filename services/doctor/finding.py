"""What a check found wrong."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Finding"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """One thing that is wrong."""

    #: Name of the check.
    check: str
    #: Where, such as `engine.journal.v1/3/17`.
    place: str
    #: What is wrong, a sentence.
    text: str

    def __str__(self) -> str:
        """Give the finding as one line of text."""
        return f"{self.check}: {self.place}: {self.text}"
