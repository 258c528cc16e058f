"""Who has come in, and who holds a link; on PostgreSQL it is asked for in tests/wire/test_two_nodes.py."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rooms.model import ProjectId
from rtserver.sheets.entries import Entry, entries
from tests.rtserver.portal_fixtures import DAY, Backend, backend, opened


@pytest.fixture
async def on(tmp_path: Path) -> AsyncIterator[Backend]:
    async with backend(tmp_path / "data") as made:
        yield made


@pytest.fixture
async def project(on: Backend) -> ProjectId:
    return (await opened(on)).id


async def of_anna(on: Backend, project: ProjectId) -> Entry:
    return (await entries(on.database, project, ["anna"], on.clock()))["anna"]


async def test_from_nothing_to_a_link_to_devices_and_back(on: Backend, project: ProjectId) -> None:
    """A pupil's whole story; what others hold, and what is of another project, is not theirs."""
    await on.auth.create_invitation(project, "zosia")
    elsewhere = (await opened(on, nonce="another")).id
    await on.auth.create_invitation(elsewhere, "anna")
    assert await of_anna(on, project) == Entry()
    token, until = await on.auth.create_invitation(project, "anna")
    assert await of_anna(on, project) == Entry(link_until=until)
    first = on.clock()
    await on.auth.redeem_invitation(token)
    assert await of_anna(on, project) == Entry(came_in_at=first, devices=1)
    on.clock.advance(DAY)
    token, until = await on.auth.create_invitation(project, "anna")
    assert await of_anna(on, project) == Entry(first, 1, until)
    session, _ = await on.auth.redeem_invitation(token)
    assert await of_anna(on, project) == Entry(on.clock(), 2)
    await on.auth.end_session(session.id)
    assert await of_anna(on, project) == Entry(on.clock(), 1)
    await on.auth.end_sessions_of_member(project, "anna")
    assert await of_anna(on, project) == Entry(on.clock())


async def test_what_has_expired_counts_no_more(on: Backend, project: ProjectId) -> None:
    """Neither a link nor a device; that somebody came in is still known."""
    token, _ = await on.auth.create_invitation(project, "anna")
    came_in_at = on.clock()
    await on.auth.redeem_invitation(token)
    await on.auth.create_invitation(project, "anna")
    on.clock.advance(round(on.settings.session_lifetime * 1000))
    assert await of_anna(on, project) == Entry(came_in_at)


async def test_a_ticket_is_no_link(on: Backend, project: ProjectId) -> None:
    """A portal makes one each time; who came in by one is in all the same."""
    ticket, _ = await on.auth.issue_ticket(project, "anna")
    assert await of_anna(on, project) == Entry()
    await on.auth.redeem_ticket(ticket, project)
    assert (await of_anna(on, project)).devices == 1
