"""Read models: what the log says, kept ready for questions, and written together with the log.

Each function takes what a whole batch of appends brings, in the order of the log, and spends a
statement or two on it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Connection, Row, Text, bindparam, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY

from rooms.chat.changing import changed, changed_message, message_of
from rooms.chat.model import Message, MessageFile, MessageId, Reacted
from rooms.events import ChatDeleted, ChatPosted
from rooms.model import Identity, MemberId
from rooms.stored import BODY_VERSION, blanked, decode_body, encode_body
from rooms.stream import Event, StreamName
from rtserver.chat.folding import words_of
from rtserver.files.uses import note_posted, remove_withdrawn
from rtserver.sql import insert_into, is_postgres, one_of
from rtserver.tables import chat_messages, events, identities, snapshots, streams

MessageKey = tuple[StreamName, MessageId]

_find_message = select(chat_messages).where(
    chat_messages.c.stream == bindparam("of_stream"), chat_messages.c.id == bindparam("of_message")
)
_find_messages = select(chat_messages).where(
    tuple_(chat_messages.c.stream, chat_messages.c.id).in_(bindparam("keys", expanding=True))
)
_keys = func.unnest(bindparam("of_streams", type_=ARRAY(Text)), bindparam("of_messages", type_=ARRAY(BigInteger)))
_wanted = _keys.table_valued("stream", "id").render_derived()
_find_messages_of_arrays = select(chat_messages).join(
    _wanted, (chat_messages.c.stream == _wanted.c.stream) & (chat_messages.c.id == _wanted.c.id)
)
"""The same for PostgreSQL: see `one_of`."""

_of_message = update(chat_messages).where(
    chat_messages.c.stream == bindparam("of_stream"), chat_messages.c.id == bindparam("of_message")
)
ADDED = ("language", "reactions", "pinned")
"""What others add to a message: its text is not written anew then, nor what is made of it for searching."""

CHANGEABLE = ("text", "edited_at", "deleted", "mentions", "files", *ADDED)
"""All that may change; `words` follow the text."""

_set_added = _of_message.values({name: bindparam(f"new_{name}") for name in ADDED})
_set_all = _of_message.values({name: bindparam(f"new_{name}") for name in (*CHANGEABLE, "words")})

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
    return event.seq if isinstance(event.body, ChatPosted) else changed_message(event.body)


def messages_posted(appended: Sequence[Event]) -> list[dict[str, Any]]:
    """The rows of `chat_messages` that events bring. They come before `project_changes`: a message may be changed in
    the commit that brings it."""
    return [
        {
            "stream": event.stream,
            **_columns(message_of(event, event.body)),
            "words": words_of(event.stream, event.body.text),
        }
        for event in appended
        if isinstance(event.body, ChatPosted)
    ]


def project_changes(connection: Connection, appended: Sequence[Event]) -> None:
    """Bring the chat messages up to date with events that have just been inserted into the log.

    However many events of a commit change a message (a class that applauds), it is read once and written once.

    A deleted message loses its text here, and in the log all that was said of it. A stored snapshot may hold it too; it
    is dropped, unless events before it are gone: then the owner of the stream must soon save another. Its files go,
    unless they are used elsewhere.
    """
    note_posted(connection, appended)
    changes = [(event, message) for event in appended if (message := changed_message(event.body)) is not None]
    if not changes:
        return
    before = _messages_of(connection, list({(event.stream, message): None for event, message in changes}))
    after = dict(before)
    for event, message in changes:
        key = (event.stream, message)
        if key in after:
            after[key] = changed(after[key], event)
    _write(connection, before, after)
    deleted = list({(event.stream, message): None for event, message in changes if isinstance(event.body, ChatDeleted)})
    if deleted:
        connection.execute(_drop_snapshots, {"names": list({stream for stream, _ in deleted})})
        _blank_texts(connection, deleted)
        remove_withdrawn(
            connection, [(stream, before[stream, id_]) for stream, id_ in deleted if (stream, id_) in before]
        )


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
        reply=row.reply,
        mentions=() if row.mentions is None else _decode_mentions(row.mentions),
        language=row.language,
        reactions=() if row.reactions is None else _decode_reactions(row.reactions),
        pinned=row.pinned,
        files=() if row.files is None else _decode_files(row.files),
    )


_decode_mentions = msgspec.json.Decoder(tuple[MemberId, ...]).decode
_decode_files = msgspec.json.Decoder(tuple[MessageFile, ...]).decode
_decode_reactions = msgspec.json.Decoder(tuple[Reacted, ...]).decode
_encode_json = msgspec.json.Encoder().encode


def _columns(message: Message) -> dict[str, Any]:
    """A message as its row holds it."""
    return {
        "id": message.id,
        "at": message.at,
        "actor": message.actor,
        "nonce": message.nonce,
        "text": message.text,
        "edited_at": message.edited_at,
        "deleted": message.deleted,
        "reply": message.reply,
        "mentions": _json(message.mentions),
        "language": message.language,
        "reactions": _json(message.reactions),
        "pinned": message.pinned,
        "files": _json(message.files),
    }


def _json(values: tuple[Any, ...]) -> str | None:
    return _encode_json(values).decode() if values else None


def _messages_of(connection: Connection, keys: Sequence[MessageKey]) -> dict[MessageKey, Message]:
    """Those of the messages that there are."""
    if len(keys) == 1:
        ((stream, message),) = keys
        rows = connection.execute(_find_message, {"of_stream": stream, "of_message": message})
    elif is_postgres(connection):
        asked = {"of_streams": [stream for stream, _ in keys], "of_messages": [message for _, message in keys]}
        rows = connection.execute(_find_messages_of_arrays, asked)
    else:
        rows = connection.execute(_find_messages, {"keys": keys})
    return {(row.stream, row.id): message_from(row) for row in rows}


def _write(connection: Connection, before: Mapping[MessageKey, Message], after: Mapping[MessageKey, Message]) -> None:
    """Write the messages that have changed."""
    added: list[dict[str, Any]] = []
    whole: list[dict[str, Any]] = []
    for key, message in after.items():
        old, new = _columns(before[key]), _columns(message)
        changing = {name for name in CHANGEABLE if new[name] != old[name]}
        if not changing:
            continue
        rows, names = (added, ADDED) if changing.issubset(ADDED) else (whole, CHANGEABLE)
        row = {"of_stream": key[0], "of_message": key[1], **{f"new_{name}": new[name] for name in names}}
        if names is CHANGEABLE:
            row["new_words"] = words_of(key[0], message.text)
        rows.append(row)
    if added:
        connection.execute(_set_added, added)
    if whole:
        connection.execute(_set_all, whole)


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
