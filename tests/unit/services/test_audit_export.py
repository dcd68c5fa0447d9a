"""The daily export: what was added, in a file of its own, with a signed end; from a log that is whole."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from builders.logs import entry, tamper

from host.api.errors import NotFoundError
from host.services.audit import log_of
from host.services.audit_export import verify_lines
from host.storage.records import add_audit


@pytest.fixture
def kit(host_with, tmp_path):
    """A host that exports its log."""
    return host_with(environment={"TABHOST_AUDIT_EXPORT": str(tmp_path / "exports")})


def write(kit, *subjects: str) -> None:
    for each in subjects:
        with kit.house.stores.host.writing() as session:
            add_audit(session, entry(each))


def files(tmp_path) -> dict[str, list[str]]:
    """By name: the subjects in each."""
    return {
        path.name: [json.loads(line).get("subject", "head") for line in path.read_text().splitlines()]
        for path in sorted((tmp_path / "exports").iterdir())
    }


class TestTheJob:
    def test_each_day_has_what_was_added_since_the_last(self, kit, tmp_path):
        """Nothing twice, nothing left out; a day without anything has no file."""
        write(kit, "one", "two")
        assert kit.run_job("host", "audit_export").result == "done"
        kit.clock.advance(timedelta(days=1))
        assert kit.run_job("host", "audit_export").result == "done"
        write(kit, "three")
        kit.clock.advance(timedelta(days=1))
        kit.run_job("host", "audit_export")
        assert files(tmp_path) == {
            "audit-2026-11-24-0000000002.ndjson": ["one", "two", "head"],
            "audit-2026-11-26-0000000003.ndjson": ["three", "head"],
        }

    def test_the_files_are_one_chain_that_anybody_can_check(self, kit, tmp_path):
        """One after the other, with the public key alone."""
        for each in ("one", "two"):
            write(kit, each)
            kit.run_job("host", "audit_export")
        pem, entries = log_of(kit.house).notary.pem, []
        for path in sorted((tmp_path / "exports").iterdir()):
            lines = path.read_bytes().splitlines(keepends=True)
            assert verify_lines(lines, pem).whole
            entries += [json.loads(each) for each in lines[:-1]]
        assert [each["previous"] for each in entries[1:]] == [each["hash"] for each in entries[:-1]]

    def test_a_log_that_is_not_whole_is_not_exported_and_signed(self, kit, tmp_path):
        """The job fails, and says what is wrong."""
        write(kit, "one")
        tamper(kit.house.stores.host, "update host_audit set actor = 'VIWE'")
        view = kit.run_job("host", "audit_export")
        assert view.result == "failed"
        assert "Entry 1 is not what was written" in view.reason
        assert not (tmp_path / "exports").exists()

    def test_a_folder_that_cannot_be_written_fails_the_job_and_leaves_nothing_behind(self, kit, tmp_path):
        """In a sentence that says what to set."""
        write(kit, "one")
        (tmp_path / "exports").write_text("a file")
        view = kit.run_job("host", "audit_export")
        assert "Set TABHOST_AUDIT_EXPORT to a folder" in view.reason
        assert (tmp_path / "exports").read_text() == "a file"

    def test_without_a_folder_there_is_no_such_job(self, host_with):
        """Nobody asked for one."""
        with pytest.raises(NotFoundError, match="no job host audit_export"):
            host_with().run_job("host", "audit_export")


class TestAnExportedLine:
    def test_its_hash_can_be_checked_with_any_program(self, kit, tmp_path):
        """SHA-256 of the sorted JSON without the hash: what the ADR promises."""
        from hashlib import sha256

        write(kit, "æøå “quoted”")
        kit.run_job("host", "audit_export")
        (path,) = (tmp_path / "exports").iterdir()
        said = json.loads(path.read_text().splitlines()[0])
        hash_ = said.pop("hash")
        assert sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest() == hash_
        with kit.house.stores.host.reading() as session:
            assert session.scalar(sa.text("select hash from host_audit")) == hash_
