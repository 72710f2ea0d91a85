"""Publishing: checked here first, written in order, waited for, and a refusal comes back in words."""

from pathlib import Path

from tests.integration.services.played import Copied, call

BASE = Path(__file__).resolve().parents[3] / "campaigns" / "journey" / "1-base.yaml"


def test_a_file_with_faults_is_told_by_line_and_column(tmp_path: Path) -> None:
    """Every fault; and nothing is published."""
    faulty = tmp_path / "faulty.yaml"
    text = BASE.read_text().replace("points: 1", "points: -1").replace("title:", "tite:")
    faulty.write_text(text)
    answer = call({}, "campaign", "check", str(faulty), "--json")
    assert answer.exit_code == 1
    faults = {fault["field"]: fault for fault in answer.data["faults"]}
    assert faults["tite"]["line"] == text.splitlines().index("tite: 1 point per full dollar") + 1
    assert faults["rules[0].points"]["value"] == "-1"
    words = call({}, "campaign", "check", str(faulty))
    assert f"{faulty}:6:1: tite: is no key that is known here" in words.output
    assert call({}, "campaign", "publish", str(faulty)).exit_code == 1


def test_a_folder_is_checked_whole() -> None:
    """The settings first, as they are published."""
    answer = call({}, "campaign", "check", str(BASE.parent), "--json")
    assert answer.exit_code == 0
    titles = [file["title"] for file in answer.data["files"]]
    assert titles[0] == "journey@1"
    assert len(titles) == 7


def test_new_versions_are_adopted_and_refusals_told(copied: Copied, tmp_path: Path) -> None:
    """The same again changes nothing; the same number with another document is refused; the next number is adopted."""
    with copied() as site:
        site.start_all()
        again = site.run("campaign", "publish", str(BASE), "--wait")
        assert again["is_adopted"] is True

        other = tmp_path / "other.yaml"
        other.write_text(BASE.read_text().replace("points: 1", "points: 2"))
        refused = call(site.environment(), "campaign", "publish", str(other), "--wait")
        assert refused.exit_code == 1
        assert "VERSION_NOT_HIGHER" in refused.errors
        assert "give it 2" in refused.errors

        other.write_text(other.read_text().replace("version: 1", "version: 2"))
        assert site.run("campaign", "publish", str(other), "--wait")["published"][0]["title"] == "base@2"


def test_waiting_without_processes_ends_in_words(copied: Copied) -> None:
    """The text says what may be missing, and that nothing is lost."""
    with copied() as site:
        answer = call(site.environment(), "campaign", "publish", str(BASE), "--wait", "--limit-s", "0.2")
        assert answer.exit_code == 1
        assert "are worker, relay and projector running" in answer.errors
