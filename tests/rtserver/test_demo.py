import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from rooms.chat.model import Message
from rooms.model import ProjectPhase, Role, RoomKind
from rtserver import demo
from rtserver.config import Settings
from rtserver.database import AlreadyServed, Database
from rtserver.demo_story import CONVERSATION, PUPILS
from rtserver.shapes import ProjectSummary
from tests.rtserver.portal_fixtures import DAY, Backend, Clock, backend


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path)


async def only_project(on: Backend) -> ProjectSummary:
    [project] = (await on.administration.projects()).projects
    return project


async def conversation(on: Backend) -> list[Message]:
    rooms = await on.administration.rooms((await only_project(on)).id)
    [room] = [known.id for known in rooms if known.kind is RoomKind.CLASS_ROOM]
    return list((await on.owners.room(room)).state.messages)


@asynccontextmanager
async def seeded(settings: Settings) -> AsyncIterator[Backend]:
    await demo.seed(settings, Clock())
    async with backend(settings.data) as on:
        yield on


class TestSeeding:
    async def test_makes_an_active_project_of_two_countries(self, settings: Settings) -> None:
        async with seeded(settings) as on:
            project = await on.administration.project((await only_project(on)).id)
            assert project.phase is ProjectPhase.ACTIVE
            assert [known.country for known in project.classes] == ["FR", "PL"]
            members = await on.administration.members(project.id)
            assert [member.role for member in members] == [Role.FOUNDER] * 2 + [Role.PUPIL] * 4
            for member in members:
                assert member.alias != member.roster_name
            rooms = await on.administration.rooms(project.id)
            assert [(room.kind, room.open) for room in rooms] == [
                (RoomKind.CLASS_ROOM, True),
                (RoomKind.STAFF_ROOM, False),
            ]

    async def test_tells_a_conversation_of_the_last_minutes_by_all_of_them(self, settings: Settings) -> None:
        async with seeded(settings) as on:
            messages = await conversation(on)
            assert [message.text for message in messages] == [line.text for line in CONVERSATION]
            times = [message.at for message in messages]
            assert times == sorted(set(times))
            assert Clock().now - 30 * 60_000 < times[0] < times[-1] < Clock().now
            assert len({message.actor for message in messages}) == 2 + len(PUPILS)

    async def test_again_changes_nothing_and_makes_fresh_links(self, settings: Settings) -> None:
        clock = Clock()
        first = await demo.seed(settings, clock)
        async with backend(settings.data) as on:
            before = await conversation(on), await on.administration.members((await only_project(on)).id)
        clock.advance(3 * DAY)
        second = await demo.seed(settings, clock)
        async with backend(settings.data) as on:
            assert (await conversation(on), await on.administration.members((await only_project(on)).id)) == before
            assert [person.name for person in first] == [person.name for person in second]
            for old, new in zip(first, second, strict=True):
                assert old.link is not None
                assert new.link is not None
                token = new.link.split("#")[1]
                assert not (await on.auth.inspect_invitation(token)).used
                assert old.link != new.link

    async def test_again_respects_what_people_did(self, settings: Settings) -> None:
        """A room closed, a project archived and a pupil removed stay so."""
        async with seeded(settings) as on:
            project = (await only_project(on)).id
            room = (await on.administration.rooms(project))[0].id
            pupil = (await on.administration.members(project))[-1]
            await on.administration.set_room_open(project, room, False)
            await on.administration.remove_member(project, pupil.id)
            await on.administration.set_phase(project, ProjectPhase.ARCHIVED)
        people = await demo.seed(settings, Clock())
        assert [person.link is None for person in people] == [False] * 5 + [True]
        async with backend(settings.data) as on:
            assert (await only_project(on)).phase is ProjectPhase.ARCHIVED
            assert not (await on.administration.rooms(project))[0].open
            assert (await on.administration.members(project))[-1].removed

    @pytest.mark.parametrize("after", [0, 3, 7, 12])
    async def test_that_was_cut_is_finished_the_next_time(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch, after: int
    ) -> None:
        said = 0
        tell = demo._said

        def interrupted(text: str) -> object:
            nonlocal said
            said += 1
            if said > after:
                raise KeyboardInterrupt
            return tell(text)

        with monkeypatch.context() as patched:
            patched.setattr(demo, "_said", interrupted)
            with pytest.raises(KeyboardInterrupt):
                await demo.seed(settings, Clock())
        async with seeded(settings) as on:
            assert [message.text for message in await conversation(on)] == [line.text for line in CONVERSATION]

    async def test_beside_a_running_server_is_refused_and_ends_no_links(self, settings: Settings) -> None:
        people = await demo.seed(settings, Clock())
        database = await Database.open(settings.database)
        try:
            database.lock_for_serving()
            with pytest.raises(AlreadyServed):
                await demo.seed(settings, Clock())
        finally:
            await database.close()
        async with backend(settings.data) as on:
            for person in people:
                assert person.link is not None
                await on.auth.inspect_invitation(person.link.split("#")[1])


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


class TestShowing:
    PEOPLE = (
        demo.Person("Inès [bold]", "pupil", "4e B, Collège", f"http://127.0.0.1:8080/join#{'x' * 43}"),
        demo.Person("Kuba", "pupil", "klasa 7a", None),
    )

    @pytest.mark.parametrize("columns", [20, 80, 120, 200])
    def test_keeps_links_in_one_piece(self, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
        screen = Screen()
        monkeypatch.setattr("sys.stdout", screen)
        monkeypatch.setenv("COLUMNS", str(columns))
        demo.show(list(self.PEOPLE), Settings())
        assert f"http://127.0.0.1:8080/join#{'x' * 43}" in screen.getvalue()
        assert "Inès [bold]" in screen.getvalue()
        assert demo.REMOVED in screen.getvalue()
        assert "Ctrl-C" in screen.getvalue()

    def test_is_plain_in_a_pipe(self, capsys: pytest.CaptureFixture[str]) -> None:
        demo.show(list(self.PEOPLE), Settings())
        printed = capsys.readouterr().out
        assert "\x1b" not in printed
        assert f"http://127.0.0.1:8080/join#{'x' * 43}" in printed
        assert "Ready at http://127.0.0.1:8080." in printed
