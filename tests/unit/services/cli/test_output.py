"""What commands print: tables that line up for people, one object for machines, never both."""

import json

import pytest

from services.cli.output import Output


def test_numbers_stand_right_and_have_separators(capsys: pytest.CaptureFixture[str]) -> None:
    """Texts stand left; a missing cell is empty."""
    Output(is_json=False).table("Given", ["to", "amount"], [["forest", 1234567], ["sea", 5]])
    Output(is_json=False).table("Seen", ["who"], [[None]])
    assert capsys.readouterr().out.splitlines() == [
        "Given",
        "  to         amount",
        "  forest  1,234,567",
        "  sea             5",
        "",
        "Seen",
        "  who",
        "",
        "",
    ]


def test_with_json_only_the_answer_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Progress and tables would spoil it."""
    output = Output(is_json=True)
    output.tell("Reading …")
    output.table("Given", ["to"], [["forest"]])
    with output.progress("reading") as show:
        show(1, 2)
    output.give({"given": 5, "to": "лес"})
    assert json.loads(capsys.readouterr().out) == {"given": 5, "to": "лес"}


def test_without_json_the_answer_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """People have read the text."""
    Output(is_json=False).give({"given": 5})
    assert capsys.readouterr().out == ""
