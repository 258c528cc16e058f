"""What every implementation of `ChatArchive` and `Identities` promises."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from rooms.events import Body, ChatDeleted, ChatEdited, ChatPosted
from rooms.messages import Message
from rooms.model import Identity
from rooms.ports import StoredSnapshot
from rooms.stored import blanked
from rooms.stream import Event
from rtserver.storage import SqlLog
from tests.contract.support import NOON, OTHER_ROOM, ROOM, NewBackend, Writer, append_of


async def test_history_goes_by_pages(log: SqlLog) -> None:
    """A page ends before the message asked for and is given oldest first."""
    writer, other = await Writer.of(log), await Writer.of(log, OTHER_ROOM)
    await writer.write(*(ChatPosted(str(n)) for n in range(1, 8)))
    await other.write(ChatPosted("elsewhere"))

    assert [message.text for message in await log.messages(ROOM, 6, 3)] == ["3", "4", "5"]
    assert [message.text for message in await log.messages(ROOM, 3, 10)] == ["1", "2"]
    assert await log.messages(ROOM, 1, 10) == []


async def test_message_as_it_is_now(log: SqlLog) -> None:
    """Author, time and nonce are those of the post; text and edit time those of the last edit."""
    writer = await Writer.of(log)
    await writer.write(ChatPosted("bonjuor"), nonce="nonce-01")
    await writer.write(ChatEdited(1, "bonjour"), nonce="nonce-02")

    expected = Message(1, NOON + 1, "m1", "bonjour", "nonce-01", NOON + 2)
    assert await log.message(ROOM, 1) == expected
    assert await log.messages(ROOM, 99, 10) == [expected]
    assert await log.message(ROOM, 2) is None
    assert await log.message(OTHER_ROOM, 1) is None


async def test_deletion_blanks_the_text_everywhere(log: SqlLog) -> None:
    """The place remains in the archive and the log; the words are gone from both."""
    writer = await Writer.of(log)
    await writer.write(ChatPosted("secret"), ChatPosted("kept"), ChatEdited(1, "secret too"))
    await writer.write(ChatEdited(2, "kept too"), ChatDeleted(1), actor="m2")

    assert await log.messages(ROOM, 99, 10) == [
        Message(1, NOON + 1, "m1", "", None, NOON + 3, deleted=True),
        Message(2, NOON + 2, "m1", "kept too", None, NOON + 4),
    ]
    assert [event.body for event in await log.read(ROOM, 0, 99)] == [
        ChatPosted(""),
        ChatPosted("kept"),
        ChatEdited(1, ""),
        ChatEdited(2, "kept too"),
        ChatDeleted(1),
    ]


async def test_posted_edited_and_deleted_in_one_commit(log: SqlLog) -> None:
    """What happens to a message within one batch happens in order."""
    writer, other = await Writer.of(log), await Writer.of(log, OTHER_ROOM)

    await asyncio.gather(
        writer.write(ChatPosted("a"), ChatEdited(1, "b"), ChatEdited(1, "c"), ChatDeleted(1)),
        other.write(ChatPosted("a"), ChatEdited(1, "b"), ChatEdited(1, "c")),
    )

    assert (await log.messages(ROOM, 9, 9))[0].text == ""
    assert (await log.messages(OTHER_ROOM, 9, 9))[0].text == "c"
    assert [event.body for event in await log.read(ROOM, 0, 3)] == [
        ChatPosted(""),
        ChatEdited(1, ""),
        ChatEdited(1, ""),
    ]


async def test_archive_outlives_pruned_events(log: SqlLog) -> None:
    """Pruning the log leaves the chat: it ends by the project's retention."""
    writer = await Writer.of(log)
    await writer.write(ChatPosted("old"))
    await log.save_snapshot(ROOM, StoredSnapshot(writer.position, 1, b""))
    await log.prune(ROOM, 1)
    await writer.write(ChatDeleted(1))

    (message,) = await log.messages(ROOM, 9, 9)
    assert message.deleted


def replay(events: list[Event]) -> list[Message]:
    """The messages that a reader of the log arrives at."""
    messages: dict[int, Message] = {}
    for event in events:
        match event.body:
            case ChatPosted(text=text):
                messages[event.seq] = Message(event.seq, event.at, event.actor, text, event.nonce)
            case ChatEdited(message=one, text=text):
                old = messages[one]
                messages[one] = Message(one, old.at, old.actor, text, old.nonce, event.at)
            case ChatDeleted(message=one):
                old = messages[one]
                messages[one] = Message(one, old.at, old.actor, "", old.nonce, old.edited_at, deleted=True)
    return list(messages.values())


TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=5)
"""Without U+0000, which PostgreSQL cannot store as text, and surrogates, which are no text."""

CHAT_COMMANDS = st.lists(
    st.tuples(st.sampled_from(["post", "edit", "delete"]), st.integers(0, 9), TEXTS),
    max_size=25,
)


def allowed_bodies(commands: list[tuple[str, int, str]]) -> list[Body]:
    """Chat as the rules let it through: only messages that stand are edited or deleted."""
    bodies: list[Body] = []
    standing: list[int] = []
    for verb, which, text in commands:
        if verb == "post":
            bodies.append(ChatPosted(text))
            standing.append(len(bodies))
        elif standing:
            message = standing[which % len(standing)]
            if verb == "edit":
                bodies.append(ChatEdited(message, text))
            else:
                bodies.append(ChatDeleted(message))
                standing.remove(message)
    return bodies


@given(commands=CHAT_COMMANDS, sizes=st.lists(st.integers(1, 6), min_size=1))
@settings(max_examples=25, deadline=None)
async def test_archive_equals_a_replay(
    new_backend: NewBackend, commands: list[tuple[str, int, str]], sizes: list[int]
) -> None:
    """However chat is cut into appends and commits, the archive is what the log adds up to."""
    backend = new_backend()
    try:
        log = SqlLog(await backend.open())
        writer = await Writer.of(log)
        bodies, written, cut = allowed_bodies(commands), 0, 0
        while written < len(bodies):
            size = sizes[cut % len(sizes)]
            await writer.write(*bodies[written : written + size], nonce=f"nonce-{written}")
            written, cut = written + size, cut + 1

        stored = await log.read(ROOM, 0, 999)
        assert await log.messages(ROOM, 999, 999) == replay(stored)
        gone = {event.body.message for event in stored if isinstance(event.body, ChatDeleted)}
        for event, body in zip(stored, bodies, strict=True):
            about = event.seq if isinstance(body, ChatPosted) else getattr(body, "message", None)
            assert event.body == (blanked(body) if about in gone else body)
    finally:
        await backend.close()


async def test_names_are_stored_with_the_append(log: SqlLog) -> None:
    """Names come with the events that make members; the last ones stay."""
    writer = await Writer.of(log, "project:p1")
    ola, jean = Identity("m1", "Aleksandra N.", "Ola"), Identity("m2", "Jean D.", "J.")
    start = writer.position

    await log.append(append_of("project:p1", start, nonce="nonce-01", identities=(ola, jean)))
    renamed = Identity("m2", "Jean D.", "Jeannot")
    await log.append(append_of("project:p1", start, nonce="nonce-02", identities=(renamed,)))

    assert await log.identities(["m1", "m2", "m3"]) == {"m1": ola, "m2": renamed}
    assert await log.identities([]) == {}


async def test_names_of_a_refused_append_are_not_stored(log: SqlLog) -> None:
    """A resend or a conflict leaves names as they are."""
    writer = await Writer.of(log, "project:p1")
    ola = Identity("m1", "Aleksandra N.", "Ola")
    wish = append_of("project:p1", writer.position, nonce="nonce-01", identities=(ola,))
    await log.append(wish)

    forged = (Identity("m1", "x", "x"),)
    await log.append(append_of("project:p1", writer.position, nonce="nonce-01", identities=forged))

    assert await log.identities(["m1"]) == {"m1": ola}
