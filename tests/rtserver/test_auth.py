import asyncio
import inspect
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from rooms.errors import ErrorCode, Refused
from rooms.ports import LogUnavailable
from rtserver import tables
from rtserver.auth import KEEP_ENDED_MS, Auth
from rtserver.database import Database
from rtserver.sessions import Session
from tests.rtserver.portal_fixtures import DAY, SECOND, Backend, backend, opened

TICKET_MS = 60 * SECOND
INVITATION_MS = 14 * DAY
SESSION_MS = 180 * DAY
ATTEMPTS = 12


@pytest.fixture
async def on(tmp_path: Path) -> AsyncIterator[Backend]:
    async with backend(tmp_path) as made:
        yield made


@pytest.fixture
async def project(on: Backend) -> str:
    return (await opened(on)).id


async def revision(on: Backend, project: str) -> int:
    return (await on.auth.revisions([project]))[project]


async def refusal(awaitable: object) -> ErrorCode:
    with pytest.raises(Refused) as caught:
        await awaitable  # type: ignore[misc]
    return caught.value.code


async def signed_in(on: Backend, project: str, member: str = "anna") -> tuple[Session, str]:
    token, _ = await on.auth.create_invitation(project, member)
    return await on.auth.redeem_invitation(token)


async def everything_stored(on: Backend) -> str:
    stored = []
    async with on.database.read() as connection:
        for table in (tables.grants, tables.sessions, tables.api_keys):
            stored += [repr(tuple(row)) for row in await connection.execute(select(table))]
    return "\n".join(stored)


class TestTickets:
    async def test_is_exchanged_for_a_session_of_its_member(self, on: Backend, project: str) -> None:
        ticket, expires_at = await on.auth.issue_ticket(project, "anna")
        assert expires_at == on.clock() + TICKET_MS
        session, token = await on.auth.redeem_ticket(ticket, project)
        assert (session.project, session.member) == (project, "anna")
        assert session.expires_at == on.clock() + SESSION_MS
        assert await on.auth.session(token) == session

    async def test_works_once(self, on: Backend, project: str) -> None:
        ticket, _ = await on.auth.issue_ticket(project, "anna")
        await on.auth.redeem_ticket(ticket, project)
        assert await refusal(on.auth.redeem_ticket(ticket, project)) is ErrorCode.TICKET_INVALID

    async def test_of_many_attempts_at_once_exactly_one_wins(self, on: Backend, project: str) -> None:
        """Also when half of them run in another process: on a database connection of its own."""
        other = await Database.open(on.settings.database)
        try:
            elsewhere = Auth(other, on.settings, on.clock)
            for _ in range(5):
                ticket, _ = await on.auth.issue_ticket(project, "anna")
                outcomes = await asyncio.gather(
                    *(auth.redeem_ticket(ticket, project) for auth in [on.auth, elsewhere] * (ATTEMPTS // 2)),
                    return_exceptions=True,
                )
                won = [outcome for outcome in outcomes if isinstance(outcome, tuple)]
                lost = [outcome.code for outcome in outcomes if isinstance(outcome, Refused)]
                assert len(won) == 1
                assert lost == [ErrorCode.TICKET_INVALID] * (ATTEMPTS - 1)
        finally:
            await other.close()
        assert (await everything_stored(on)).count("'anna'") == 10  # five tickets, five sessions

    async def test_guesses_do_not_wait_for_the_writer(self, on: Backend) -> None:
        """Nor make it wait: it writes the chat, and whoever guesses has not even signed in."""
        async with on.database.write(), asyncio.timeout(30):
            assert await refusal(on.auth.redeem_ticket("a" * 43, "p_any")) is ErrorCode.TICKET_INVALID

    async def test_expires(self, on: Backend, project: str) -> None:
        ticket, _ = await on.auth.issue_ticket(project, "anna")
        on.clock.advance(TICKET_MS - 1)
        await on.auth.redeem_ticket(ticket, project)
        ticket, _ = await on.auth.issue_ticket(project, "anna")
        on.clock.advance(TICKET_MS)
        assert await refusal(on.auth.redeem_ticket(ticket, project)) is ErrorCode.TICKET_INVALID

    async def test_of_another_project_is_refused_and_not_spent(self, on: Backend, project: str) -> None:
        ticket, _ = await on.auth.issue_ticket(project, "anna")
        assert await refusal(on.auth.redeem_ticket(ticket, "p_other")) is ErrorCode.TICKET_INVALID
        await on.auth.redeem_ticket(ticket, project)

    async def test_is_no_invitation_and_no_session(self, on: Backend, project: str) -> None:
        ticket, _ = await on.auth.issue_ticket(project, "anna")
        assert await refusal(on.auth.redeem_invitation(ticket)) is ErrorCode.INVITATION_INVALID
        assert await refusal(on.auth.inspect_invitation(ticket)) is ErrorCode.INVITATION_INVALID
        assert await on.auth.session(ticket) is None
        assert await on.auth.key(ticket) is None

    @pytest.mark.parametrize("token", ["", "x", "é" * 43, "\udcff", "a" * 100_000, "' OR 1=1 --", "\x00"])
    async def test_nonsense_is_refused(self, on: Backend, project: str, token: str) -> None:
        assert await refusal(on.auth.redeem_ticket(token, project)) is ErrorCode.TICKET_INVALID
        assert await refusal(on.auth.redeem_invitation(token)) is ErrorCode.INVITATION_INVALID
        assert await on.auth.session(token) is None
        assert await on.auth.key(token) is None


class TestInvitations:
    async def test_is_looked_at_without_being_spent(self, on: Backend, project: str) -> None:
        token, expires_at = await on.auth.create_invitation(project, "anna")
        assert expires_at == on.clock() + INVITATION_MS
        for _ in range(2):
            seen = await on.auth.inspect_invitation(token)
            assert (seen.project, seen.member, seen.used) == (project, "anna", False)
        await on.auth.redeem_invitation(token)
        assert (await on.auth.inspect_invitation(token)).used

    async def test_of_many_attempts_at_once_exactly_one_wins(self, on: Backend, project: str) -> None:
        token, _ = await on.auth.create_invitation(project, "anna")
        attempts = (on.auth.redeem_invitation(token) for _ in range(ATTEMPTS))
        outcomes = await asyncio.gather(*attempts, return_exceptions=True)
        assert sum(isinstance(outcome, tuple) for outcome in outcomes) == 1

    async def test_a_new_one_ends_the_earlier_ones_of_that_member_only(self, on: Backend, project: str) -> None:
        first, _ = await on.auth.create_invitation(project, "anna")
        others, _ = await on.auth.create_invitation(project, "zosia")
        second, _ = await on.auth.create_invitation(project, "anna")
        assert await refusal(on.auth.redeem_invitation(first)) is ErrorCode.INVITATION_INVALID
        await on.auth.redeem_invitation(second)
        await on.auth.redeem_invitation(others)

    async def test_a_new_one_leaves_tickets_and_sessions_alone(self, on: Backend, project: str) -> None:
        ticket, _ = await on.auth.issue_ticket(project, "anna")
        _, token = await signed_in(on, project)
        await on.auth.create_invitation(project, "anna")
        assert await on.auth.session(token) is not None
        await on.auth.redeem_ticket(ticket, project)

    async def test_expires(self, on: Backend, project: str) -> None:
        token, _ = await on.auth.create_invitation(project, "anna")
        on.clock.advance(INVITATION_MS)
        assert await refusal(on.auth.inspect_invitation(token)) is ErrorCode.INVITATION_INVALID
        assert await refusal(on.auth.redeem_invitation(token)) is ErrorCode.INVITATION_INVALID

    async def test_a_used_one_is_still_known_after_its_time(self, on: Backend, project: str) -> None:
        token, _ = await on.auth.create_invitation(project, "anna")
        await on.auth.redeem_invitation(token)
        on.clock.advance(INVITATION_MS + KEEP_ENDED_MS + DAY)
        await on.auth.delete_expired()
        assert (await on.auth.inspect_invitation(token)).used

    async def test_is_spent_by_a_session_that_its_member_has_already(self, on: Backend, project: str) -> None:
        session, _ = await signed_in(on, project)
        foreign, _ = await signed_in(on, project, "zosia")
        token, _ = await on.auth.create_invitation(project, "anna")
        assert await refusal(on.auth.spend_invitation(token, foreign)) is ErrorCode.INVITATION_INVALID
        assert not (await on.auth.inspect_invitation(token)).used
        await on.auth.spend_invitation(token, session)
        assert (await on.auth.inspect_invitation(token)).used
        assert await refusal(on.auth.spend_invitation(token, session)) is ErrorCode.INVITATION_INVALID

    async def test_its_link_keeps_the_token_from_servers(self, on: Backend) -> None:
        assert on.auth.invitation_url("abc") == "http://127.0.0.1:8080/join#abc"


class TestSessions:
    async def test_expires(self, on: Backend, project: str) -> None:
        session, token = await signed_in(on, project)
        on.clock.advance(SESSION_MS - 1)
        assert await on.auth.session(token) == session
        assert await on.auth.live_sessions([session.id]) == {session.id}
        on.clock.advance(1)
        assert await on.auth.session(token) is None
        assert await on.auth.live_sessions([session.id]) == set()
        assert await refusal(on.auth.require_session(token)) is ErrorCode.SESSION_ENDED

    async def test_ending_one_raises_the_revision_and_spares_the_others(self, on: Backend, project: str) -> None:
        session, token = await signed_in(on, project)
        other, other_token = await signed_in(on, project)
        before = await revision(on, project)
        await on.auth.end_session(session.id)
        assert await revision(on, project) == before + 1
        assert await on.auth.session(token) is None
        assert await on.auth.require_session(other_token) == other
        assert await on.auth.live_sessions([session.id, other.id, "s_unknown"]) == {other.id}

    async def test_ending_twice_or_an_unknown_one_changes_nothing(self, on: Backend, project: str) -> None:
        session, _ = await signed_in(on, project)
        await on.auth.end_session(session.id)
        before = await revision(on, project)
        await on.auth.end_session(session.id)
        await on.auth.end_session("s_unknown")
        assert await revision(on, project) == before

    async def test_ending_those_of_a_member_ends_what_is_not_used_yet_too(self, on: Backend, project: str) -> None:
        elsewhere = (await opened(on)).id
        first, _ = await signed_in(on, project)
        second, _ = await signed_in(on, project)
        spared, _ = await signed_in(on, project, "zosia")
        in_other_project, _ = await signed_in(on, elsewhere)
        ticket, _ = await on.auth.issue_ticket(project, "anna")
        invitation, _ = await on.auth.create_invitation(project, "anna")
        before = await on.auth.revisions([project, elsewhere])
        await on.auth.end_sessions_of_member(project, "anna")
        assert await refusal(on.auth.redeem_ticket(ticket, project)) is ErrorCode.TICKET_INVALID
        assert await refusal(on.auth.redeem_invitation(invitation)) is ErrorCode.INVITATION_INVALID
        asked = [first.id, second.id, spared.id, in_other_project.id]
        assert await on.auth.live_sessions(asked) == {spared.id, in_other_project.id}
        after = await on.auth.revisions([project, elsewhere, "p_unknown"])
        assert after == {project: before[project] + 1, elsewhere: before[elsewhere]}

    async def test_the_revision_grows_in_the_transaction_that_ends_the_session(self, on: Backend, project: str) -> None:
        """A database that fails in between has done neither."""
        session, token = await signed_in(on, project)
        async with on.database.write() as connection:
            await connection.execute(
                text("CREATE TRIGGER broken BEFORE UPDATE ON projects BEGIN SELECT RAISE(ABORT, 'no'); END")
            )
        with pytest.raises(Exception, match="no"):
            await on.auth.end_session(session.id)
        assert await on.auth.session(token) == session

    async def test_asks_for_thousands_at_once(self, on: Backend, project: str) -> None:
        session, _ = await signed_in(on, project)
        asked = [f"s_{number}" for number in range(3_000)] + [session.id]
        assert await on.auth.live_sessions(asked) == {session.id}
        assert set(await on.auth.revisions([f"p_{number}" for number in range(3_000)] + [project])) == {project}


class TestApiKeys:
    async def test_a_key_is_no_option(self, on: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
        """One that begins with a dash would be misread by the programs that it is given to."""
        drawn = iter(["-a", "--b", "c-"])
        monkeypatch.setattr("rtserver.auth.secrets.token_urlsafe", lambda _: next(drawn))
        assert (await on.auth.create_key("Moodle", "lyon"))[1] == "c-"

    async def test_is_found_by_its_token_until_it_is_revoked(self, on: Backend, project: str) -> None:
        key_id, token = await on.auth.create_key("Moodle", "lyon")
        key = await on.auth.key(token)
        assert key is not None
        assert (key.id, key.name, key.organisation, key.project) == (key_id, "Moodle", "lyon", None)
        assert await on.auth.revoke_key(key_id)
        assert await on.auth.key(token) is None
        assert not await on.auth.revoke_key(key_id)
        assert not await on.auth.revoke_key("k_unknown")
        assert [(known.id, known.revoked_at) for known in await on.auth.keys()] == [(key_id, on.clock())]

    async def test_for_one_project_must_be_of_its_organisation(self, on: Backend, project: str) -> None:
        _, token = await on.auth.create_key("Moodle", "lyon", project)
        key = await on.auth.key(token)
        assert key is not None
        assert key.project == project
        for organisation, wanted in (("lublin", project), ("lyon", "p_unknown")):
            made = on.auth.create_key("x", organisation, wanted)
            assert await refusal(made) is ErrorCode.UNKNOWN_PROJECT


class TestSecrecy:
    async def test_no_token_is_stored_or_shown(self, on: Backend, project: str) -> None:
        ticket, _ = await on.auth.issue_ticket(project, "anna")
        used_ticket, _ = await on.auth.issue_ticket(project, "anna")
        session, session_token = await on.auth.redeem_ticket(used_ticket, project)
        invitation, _ = await on.auth.create_invitation(project, "anna")
        _, api_token = await on.auth.create_key("Moodle", "lyon")
        key = await on.auth.key(api_token)
        seen = await everything_stored(on)
        seen += repr(session) + repr(key) + repr(await on.auth.inspect_invitation(invitation))
        for token in (ticket, used_ticket, session_token, invitation, api_token):
            assert len(token) == 43
            assert token not in seen

    async def test_no_token_is_in_an_exception(self, on: Backend, project: str) -> None:
        ticket, _ = await on.auth.issue_ticket(project, "anna")
        await on.auth.redeem_ticket(ticket, project)
        with pytest.raises(Refused) as caught:
            await on.auth.redeem_ticket(ticket, project)
        assert ticket not in f"{caught.value!r} {caught.value} {caught.value.message}"
        async with on.database.write() as connection:
            await connection.execute(text("DROP TABLE grants"))
        with pytest.raises(LogUnavailable) as failed:
            await on.auth.redeem_ticket(ticket, project)
        assert ticket not in f"{failed.value!r} {failed.value.__cause__!r}"


class TestHousekeeping:
    async def test_forgets_what_is_long_over_and_nothing_else(self, on: Backend, project: str) -> None:
        old_ticket, _ = await on.auth.issue_ticket(project, "anna")
        ended, _ = await signed_in(on, project)
        await on.auth.end_session(ended.id)
        _, live_token = await signed_in(on, project)
        on.clock.advance(INVITATION_MS + KEEP_ENDED_MS + 1)
        young, _ = await on.auth.create_invitation(project, "zosia")
        assert await on.auth.delete_expired() == 3  # the ticket, the ended session and its invitation
        assert await on.auth.delete_expired() == 0
        assert await on.auth.session(live_token) is not None
        assert not (await on.auth.inspect_invitation(young)).used
        assert await refusal(on.auth.redeem_ticket(old_ticket, project)) is ErrorCode.TICKET_INVALID

    async def test_keeps_what_is_over_for_a_while(self, on: Backend, project: str) -> None:
        ended, _ = await signed_in(on, project)
        await on.auth.end_session(ended.id)
        on.clock.advance(KEEP_ENDED_MS)
        assert await on.auth.delete_expired() == 0


async def test_a_database_that_does_not_answer_is_said_so(on: Backend, project: str) -> None:
    async with on.database.write() as connection:
        await connection.execute(text("DROP TABLE sessions"))
    with pytest.raises(LogUnavailable):
        await on.auth.session("x")


def test_every_public_method_says_what_it_does() -> None:
    for name, method in inspect.getmembers(Auth, inspect.isfunction):
        assert name.startswith("_") or method.__doc__, name


async def test_a_member_is_of_a_project_in_the_directory(on: Backend) -> None:
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await on.auth.issue_ticket("p_unknown", "anna")


async def test_an_ended_session_stays_ended(on: Backend, project: str) -> None:
    """Ending is final: a second end does not move the time at which it ended."""
    session, _ = await signed_in(on, project)
    await on.auth.end_session(session.id)
    first = on.clock()
    on.clock.advance(DAY)
    await on.auth.end_sessions_of_member(project, "anna")
    async with on.database.read() as connection:
        ended_at = await connection.scalar(select(tables.sessions.c.ended_at))
    assert ended_at == first
