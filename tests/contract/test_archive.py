"""What every implementation of `ChatArchive` and `Identities` promises."""

import asyncio
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rooms.chat.changing import changed_message
from rooms.chat.model import Message, MessageId, Reacted
from rooms.events import Body, ChatDeleted, ChatEdited, ChatLanguageSet, ChatPinned, ChatPosted, ChatReacted
from rooms.model import Identity
from rooms.ports import Append, StoredSnapshot, UsedNonce
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


async def test_history_goes_forward(log: SqlLog) -> None:
    """After a message, and before another, the oldest come first: what one reads on from there."""
    writer, other = await Writer.of(log), await Writer.of(log, OTHER_ROOM)
    await writer.write(*(ChatPosted(str(n)) for n in range(1, 8)))
    await other.write(ChatPosted("elsewhere"))

    assert [message.text for message in await log.messages(ROOM, 99, 3, after=2)] == ["3", "4", "5"]
    assert [message.text for message in await log.messages(ROOM, 7, 10, after=4)] == ["5", "6"]
    assert await log.messages(ROOM, 5, 10, after=4) == await log.messages(ROOM, 99, 10, after=7) == []


async def test_all_that_a_message_has(log: SqlLog) -> None:
    """Reply, mentions, language, reactions in the order each came first, pin: as the events say, on any backend."""
    writer = await Writer.of(log)
    await writer.write(ChatPosted("hello"), ChatPosted("hi <@m2>", 1, ("m2", "m3"), "en-GB"), nonce="nonce-01")
    reactions = (("m2", "🎉", True), ("m1", "❤️", True), ("m3", "🎉", True), ("m1", "🎉", True), ("m3", "🎉", False))
    for number, (actor, reaction, on) in enumerate(reactions):
        await writer.write(ChatReacted(2, reaction, on), nonce=f"nonce-react-{number}", actor=actor)
    await writer.write(ChatPinned(2, True, await log.message(ROOM, 2)), ChatLanguageSet(2, "fr"), nonce="nonce-03")

    given = (Reacted("🎉", ("m2", "m1")), Reacted("❤️", ("m1",)))
    expected = Message(2, NOON + 2, "m1", "hi <@m2>", "nonce-01", None, False, 1, ("m2", "m3"), "fr", given, True)
    assert await log.message(ROOM, 2) == expected
    await writer.write(ChatReacted(2, "❤️", False), ChatPinned(2, False), ChatLanguageSet(2, None), nonce="nonce-04")
    assert await log.message(ROOM, 2) == replace(expected, language=None, reactions=given[:1], pinned=False)


async def test_a_class_that_applauds(log: SqlLog) -> None:
    """Reactions of many to some messages of two rooms, in one commit: each counts once, in its order."""
    writer, other = await Writer.of(log), await Writer.of(log, OTHER_ROOM)
    await writer.write(ChatPosted("a"), ChatPosted("b"))
    await other.write(ChatPosted("c"))
    crowd = tuple(f"m{number}" for number in range(60))

    await asyncio.gather(
        log.append(applause(writer, crowd, 1, 2)),
        log.append(applause(other, crowd[:3], 1)),
    )

    assert [message.reactions for message in await log.messages(ROOM, 9, 9)] == [(Reacted("👏", crowd),)] * 2
    (message,) = await log.messages(OTHER_ROOM, 9, 9)
    assert message.reactions == (Reacted("👏", crowd[:3]),)


def applause(writer: Writer, crowd: Sequence[str], *messages: MessageId) -> Append:
    """What the owner of the stream makes of the commands of a crowd that came while it was storing others."""
    clapping = [(actor, message) for actor in crowd for message in messages]
    head = writer.position.seq
    events = tuple(
        Event(writer.stream, seq, NOON + seq, actor, f"nonce-{seq}", ChatReacted(message, "👏", True))
        for seq, (actor, message) in enumerate(clapping, start=head + 1)
    )
    nonces = tuple(UsedNonce(event.actor, f"nonce-{event.seq}", event.seq) for event in events)
    return Append(writer.stream, writer.position, events, nonces)


async def test_changes_of_one_message_in_one_commit(log: SqlLog) -> None:
    """In the order of the log, whatever kinds they are: the last word on the language is the last one."""
    writer, other = await Writer.of(log), await Writer.of(log, OTHER_ROOM)
    await writer.write(ChatPosted("a"), ChatLanguageSet(1, "fr"), ChatEdited(1, "b", (), "pl"))
    await other.write(ChatPosted("a"), ChatEdited(1, "b", (), "pl"), ChatLanguageSet(1, "fr"))

    languages = [(await log.messages(room, 9, 9))[0].language for room in (ROOM, OTHER_ROOM)]
    assert languages == ["pl", "fr"]


async def test_what_was_said_of_a_deleted_message(log: SqlLog) -> None:
    """Goes with it, from the archive and the log: who was mentioned, what it was answered with, the copy in its pin."""
    writer = await Writer.of(log)
    await writer.write(ChatPosted("secret <@m2>", None, ("m2",), "en"), ChatPosted("kept", 1, (), "fr"))
    pinned = await log.message(ROOM, 1)
    await writer.write(ChatReacted(1, "😢", True), ChatReacted(2, "👍", True), ChatPinned(1, True, pinned))
    await writer.write(ChatLanguageSet(1, "pl"), ChatDeleted(1))

    assert await log.messages(ROOM, 99, 10) == [
        Message(1, NOON + 1, "m1", "", None, deleted=True),
        Message(2, NOON + 2, "m1", "kept", None, reply=1, language="fr", reactions=(Reacted("👍", ("m1",)),)),
    ]
    assert [event.body for event in await log.read(ROOM, 0, 99)] == [
        ChatPosted(""),
        ChatPosted("kept", 1, (), "fr"),
        ChatReacted(1, "", True),
        ChatReacted(2, "👍", True),
        ChatPinned(1, True),
        ChatLanguageSet(1, None),
        ChatDeleted(1),
    ]


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
    messages: dict[MessageId, Message] = {}
    for event in events:
        match event.body:
            case ChatPosted(text, reply, mentions, language):
                messages[event.seq] = Message(
                    event.seq, event.at, event.actor, text, event.nonce, None, False, reply, mentions, language
                )
            case ChatEdited(one, text, mentions, language):
                new = {"text": text, "edited_at": event.at, "mentions": mentions, "language": language}
                messages[one] = replace(messages[one], **new)
            case ChatDeleted(one):
                old = messages[one]
                messages[one] = Message(one, old.at, old.actor, "", old.nonce, old.edited_at, True, old.reply)
            case ChatReacted(one, reaction, on) if reaction:
                given = {group.reaction: dict.fromkeys(group.members) for group in messages[one].reactions}
                group = given.setdefault(reaction, {})
                group.setdefault(event.actor) if on else group.pop(event.actor, None)
                after = tuple(Reacted(name, tuple(members)) for name, members in given.items() if members)
                messages[one] = replace(messages[one], reactions=after)
            case ChatPinned(one, pinned):
                messages[one] = replace(messages[one], pinned=pinned)
            case ChatLanguageSet(one, language):
                messages[one] = replace(messages[one], language=language)
    return list(messages.values())


TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=5)
"""Without U+0000, which PostgreSQL cannot store as text, and surrogates, which are no text."""

CHAT_COMMANDS = st.lists(
    st.tuples(st.sampled_from(["post", "edit", "delete", "on", "off", "pin", "language"]), st.integers(0, 9), TEXTS),
    max_size=25,
)


def allowed_bodies(commands: list[tuple[str, int, str]]) -> list[Body]:
    """Chat as the rules let it through: only messages that stand are changed."""
    bodies: list[Body] = []
    standing: list[int] = []
    for verb, which, text in commands:
        if verb == "post":
            bodies.append(ChatPosted(text))
            standing.append(len(bodies))
        elif standing:
            message = standing[which % len(standing)]
            match verb:
                case "edit":
                    bodies.append(ChatEdited(message, text, ("m2",) * (which % 2), "pl"))
                case "on" | "off":
                    bodies.append(ChatReacted(message, "👍🎉"[which % 2], verb == "on"))
                case "pin":
                    bodies.append(ChatPinned(message, which < 7))
                case "language":
                    bodies.append(ChatLanguageSet(message, ("fr", "pl", None)[which % 3]))
                case "delete":
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
            about = event.seq if isinstance(body, ChatPosted) else changed_message(body)
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
