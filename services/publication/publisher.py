"""Writing checked campaign files to the log, the programme's settings first, because they decide what is too old."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from eventlog.port import BrokenLogError, Log, Record
from processors.rules.campaign import Campaign
from processors.rules.programme import Programme
from processors.rules.source import FaultyDocumentError, SourceDocument, parse_source
from schemas.codec import encode_event
from schemas.ids import entity_key
from schemas.partitioner import partition_of
from schemas.record.rule import CampaignPublished, ProgrammeChanged
from services.failure import NotFoundError, WorkRefusedError
from services.outcome import WrittenRecord

__all__ = ["CheckedFile", "Published", "Publisher", "check_files", "find_files", "split_settings"]

CAMPAIGNS: Final = "promo.campaign.published.v1"
PROGRAMMES: Final = "promo.programme.changed.v1"
_SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})
_FLUSH_LIMIT_MS: Final = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """A file without faults."""

    path: Path
    source: SourceDocument

    @property
    def campaign_id(self) -> str:
        """The campaign; empty for a programme's settings."""
        parsed = self.source.parsed
        return parsed.campaign if isinstance(parsed, Campaign) else ""

    @property
    def title(self) -> str:
        """Its name and version, such as `base@1`."""
        return f"{self.campaign_id or self.source.parsed.programme}@{self.source.parsed.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A file that stands in the log."""

    file: CheckedFile
    record: WrittenRecord


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Give the files meant: each that is named, and of each folder those that end in .yaml, .yml or .json, by name.

    Raises:
        NotFoundError: when a path is not there, or a folder holds none.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.iterdir() if one.suffix in _SUFFIXES)
            if not inside:
                msg = f"{path} holds no campaign file (*.yaml, *.yml, *.json)"
                raise NotFoundError(msg)
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            msg = f"there is no file {path}"
            raise NotFoundError(msg)
    return found


def check_files(paths: Iterable[Path]) -> tuple[list[CheckedFile], list[tuple[Path, FaultyDocumentError]]]:
    """Read and check files; give those without faults, settings before campaigns, and what is wrong with the others."""
    checked: list[CheckedFile] = []
    faulty: list[tuple[Path, FaultyDocumentError]] = []
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
            checked.append(CheckedFile(path=path, source=parse_source(text, str(path))))
        except FaultyDocumentError as error:
            faulty.append((path, error))
        except UnicodeDecodeError as error:
            msg = f"{path} is no UTF-8 text: {error}"
            raise NotFoundError(msg) from None
    settings, campaigns = split_settings(checked)
    return settings + campaigns, faulty


def split_settings(files: Iterable[CheckedFile]) -> tuple[list[CheckedFile], list[CheckedFile]]:
    """Give the programmes' settings, and the campaigns, each in their order."""
    settings: list[CheckedFile] = []
    campaigns: list[CheckedFile] = []
    for file in files:
        (campaigns if isinstance(file.source.parsed, Campaign) else settings).append(file)
    return settings, campaigns


class Publisher:
    """Writes checked files to the log."""

    def __init__(self, log: Log, *, partitions: int, now_ms: int) -> None:
        """Open a writer; `now_ms` is said to be the time of publication, for people: the log's own time counts."""
        self._writer = log.writer()
        self._partitions = partitions
        self._now_ms = now_ms

    def publish(self, files: Sequence[CheckedFile]) -> list[Published]:
        """Write files one after the other, each acknowledged before the next.

        Raises:
            BrokenLogError: when the log did not acknowledge one; what came before it stands.
            WorkRefusedError: when the log will never take one.
        """
        return [self._publish(file) for file in files]

    def _publish(self, file: CheckedFile) -> Published:
        topic, entity_id, value = self._encode(file)
        key = entity_key(file.source.parsed.tenant, entity_id)
        partition = partition_of(key, self._partitions)
        self._writer.send(topic, partition, [Record(key, value)], first_tag=0)
        for delivery in self._writer.flush(limit_ms=_FLUSH_LIMIT_MS):
            if delivery.error is not None:
                refused = WorkRefusedError if delivery.error.is_permanent else BrokenLogError
                raise refused(f"{file.path} was not taken: {delivery.error.text}")
            if delivery.offset is not None:
                return Published(file=file, record=WrittenRecord(topic, partition, delivery.offset))
        msg = f"the log did not say where {file.path} stands; publish it again"
        raise BrokenLogError(msg)

    def _encode(self, file: CheckedFile) -> tuple[str, str, bytes]:
        parsed, document = file.source.parsed, file.source.document
        if isinstance(parsed, Programme):
            changed = ProgrammeChanged(
                tenant=parsed.tenant,
                programme=parsed.programme,
                version=parsed.version,
                document=document,
                published_at_ms=self._now_ms,
            )
            return PROGRAMMES, parsed.programme, encode_event(changed)
        published = CampaignPublished(
            tenant=parsed.tenant,
            programme=parsed.programme,
            campaign_id=parsed.campaign,
            version=parsed.version,
            document=document,
            published_at_ms=self._now_ms,
        )
        return CAMPAIGNS, parsed.campaign, encode_event(published)

    def close(self) -> None:
        """Stop writing."""
        self._writer.close()
