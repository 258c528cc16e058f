"""Read models: what the log says, kept ready for questions, and written together with the log.

Each function takes what a whole batch of appends brings, in the order of the log, and spends a
statement or two on it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, tuple_, update

from rooms.events import ChatDeleted, ChatEdited, ChatPosted, MessageId
from rooms.messages import Message
from rooms.model import Identity
from rooms.stored import BODY_VERSION, blanked, decode_body, encode_body
from rooms.stream import Event, StreamName
from rtserver.sql import insert_into, one_of
from rtserver.tables import chat_messages, events, identities, snapshots, streams

_of_message = (chat_messages.c.stream == bindparam("of_stream")) & (chat_messages.c.id == bindparam("of_message"))
_edit_messages = (
    update(chat_messages)
    .where(_of_message, chat_messages.c.deleted.is_(False))
    .values(text=bindparam("new_text"), edited_at=bindparam("new_edited_at"))
)
_delete_messages = update(chat_messages).where(_of_message).values(text="", deleted=True)

_find_texts = select(events.c.stream, events.c.seq, events.c.kind, events.c.version, events.c.body).where(
    tuple_(events.c.stream, events.c.subject).in_(bindparam("subjects", expanding=True))
)
_replace_bodies = (
    update(events)
    .where(events.c.stream == bindparam("of_stream"), events.c.seq == bindparam("of_seq"))
    .values(body=bindparam("new_body"), version=BODY_VERSION)
)

_drop_snapshots = delete(snapshots).where(
    one_of(snapshots.c.stream, "names"),
    snapshots.c.stream.in_(select(streams.c.stream).where(streams.c.pruned == 0)),
)


def subject_of(event: Event) -> MessageId | None:
    """The chat message that an event is about; None if about none."""
    match event.body:
        case ChatPosted():
            return event.seq
        case ChatEdited(message=message) | ChatDeleted(message=message):
            return message
        case _:
            return None


def messages_posted(appended: Sequence[Event]) -> list[dict[str, Any]]:
    """The rows of `chat_messages` that events bring. They come before `project_changes`: a message may be changed in
    the commit that brings it."""
    return [_new_message(event, event.body.text) for event in appended if isinstance(event.body, ChatPosted)]


def project_changes(connection: Connection, appended: Sequence[Event]) -> None:
    """Bring the chat messages up to date with events that have just been inserted into the log.

    A deleted message loses its text here, and in the log where it was posted and edited. A stored
    snapshot may hold it too; it is dropped, unless events before it are gone: then the owner of the
    stream must soon save another.
    """
    edited: list[dict[str, Any]] = []
    deleted: list[dict[str, Any]] = []
    for event in appended:
        match event.body:
            case ChatEdited(message=message, text=text):
                edited.append(
                    {
                        "of_stream": event.stream,
                        "of_message": message,
                        "new_text": text,
                        "new_edited_at": event.at,
                    }
                )
            case ChatDeleted(message=message):
                deleted.append({"of_stream": event.stream, "of_message": message})
            case _:
                pass
    # Kind by kind is in order: a message is posted, then edited, then deleted, in one batch too.
    if edited:
        connection.execute(_edit_messages, edited)
    if deleted:
        connection.execute(_delete_messages, deleted)
        connection.execute(_drop_snapshots, {"names": list({one["of_stream"] for one in deleted})})
        _blank_texts(connection, [(one["of_stream"], one["of_message"]) for one in deleted])


def store_identities(connection: Connection, known: Sequence[Identity]) -> None:
    """Insert names, or replace those of the same member."""
    statement = insert_into(connection, identities)
    names = {
        "roster_name": statement.excluded.roster_name,
        "alias": statement.excluded.alias,
    }
    connection.execute(
        statement.on_conflict_do_update(index_elements=["member"], set_=names),
        [
            {"member": one.member, "roster_name": one.roster_name, "alias": one.alias}
            # In an order that all processes keep, so that none waits for another in a circle.
            for one in sorted(known, key=lambda one: one.member)
        ],
    )


def message_from(row: Row[Any]) -> Message:
    """The message in a row of `chat_messages`."""
    return Message(
        id=row.id,
        at=row.at,
        actor=row.actor,
        text=row.text,
        nonce=row.nonce,
        edited_at=row.edited_at,
        deleted=row.deleted,
    )


def _new_message(event: Event, text: str) -> dict[str, Any]:
    return {
        "stream": event.stream,
        "id": event.seq,
        "at": event.at,
        "actor": event.actor,
        "nonce": event.nonce,
        "text": text,
        "edited_at": None,
        "deleted": False,
    }


def _blank_texts(connection: Connection, subjects: list[tuple[StreamName, MessageId]]) -> None:
    """Blank what the log holds about deleted messages: the events that posted and edited them."""
    rows = connection.execute(_find_texts, {"subjects": subjects}).all()
    blank = [
        {
            "of_stream": row.stream,
            "of_seq": row.seq,
            "new_body": encode_body(blanked(decode_body(row.kind, row.version, row.body))),
        }
        for row in rows
    ]
    if blank:
        connection.execute(_replace_bodies, blank)
