"""What searching promises, over both databases."""

from typing import Any

import pytest
from sqlalchemy import Connection, delete, event, text, update

from rooms.chat.messages import SearchHit
from rooms.events import ChatDeleted, ChatEdited, ChatPosted, ChatReacted
from rtserver.chat.search import FILLED_AT_ONCE, ROOMS_AT_ONCE, ChatSearch, Found
from rtserver.database import Database
from rtserver.sql import is_postgres
from rtserver.storage import SqlLog
from rtserver.tables import chat_messages
from tests.contract.support import OTHER_ROOM, ROOM, Writer


class Searched:
    """Rooms that are written in and searched."""

    def __init__(self, database: Database, log: SqlLog) -> None:
        self.database = database
        self.log = log
        self.search = ChatSearch(database)
        self._writers: dict[str, Writer] = {}

    async def say(self, *texts: str, room: str = ROOM) -> None:
        writer = await self.writer(room)
        await writer.write(*(ChatPosted(one) for one in texts))

    async def writer(self, room: str = ROOM) -> Writer:
        if room not in self._writers:
            self._writers[room] = await Writer.of(self.log, room)
        return self._writers[room]

    async def find(self, typed: str, *rooms: str, limit: int = 50) -> list[str]:
        found = await self.page(typed, *rooms, limit=limit)
        return [hit.message.text for hit in found.hits]

    async def page(self, typed: str, *rooms: str, before: SearchHit | None = None, limit: int = 50) -> Found:
        place = None if before is None else (f"room:{before.room}", before.message.id)
        found = await self.search.search(rooms or (ROOM,), typed, place, limit)
        assert found is not None
        return found


@pytest.fixture
def searched(database: Database, log: SqlLog) -> Searched:
    return Searched(database, log)


async def test_words_are_beginnings_and_all_have_to_be_there(searched: Searched) -> None:
    """In any order, whatever the case; not their middles."""
    await searched.say("The river is deep", "A deep lake", "Rivers and lakes")
    assert await searched.find("riv") == ["Rivers and lakes", "The river is deep"]
    assert await searched.find("DEEP riv") == ["The river is deep"]
    assert await searched.find("lake") == ["Rivers and lakes", "A deep lake"]
    assert await searched.find("iver") == await searched.find("deep sea") == []


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Zażółć gęślą jaźń", "zazolc GESLA"),
        ("zazolc", "ZAŻÓŁĆ"),
        ("Straße nach Łódź", "strasse lodz"),
        ("Smørrebrød", "smorrebrod"),
        ("Ђоковић, đak", "ђоковић dak"),
        ("Їжак п'ять", "іжак п’ять"),
        ("أهلاً بكم في مَدْرَسَتِنا", "اهلا مدرستنا"),
        ("مـرحـبـا ١٢٣", "مرحبا 123"),
        ("İstanbul'da ısı", "istanbul isi"),
        ("Ελλάς", "ΕΛΛΑΣ"),
        ("ﬁsh & chips", "fish chips"),
        ("See https://river.example.eu/water_1?q=2", "river water"),
        ("👋🏽bonjour👋🏽", "bonjour"),
        ("well\u00adknown \u200fשָׁלוֹם", "wellknown שלום"),
    ],
)
async def test_case_and_accents_do_not_matter(searched: Searched, written: str, typed: str) -> None:
    """As one writes with the keyboard that is there."""
    await searched.say(written, "something else")
    assert await searched.find(typed) == [written]


HOSTILE = (
    "*" * 100, '"', "'", "''", '""" OR 1', "' OR '1'='1", "NEAR(", "AND", "OR NOT", "-river", "river*", "words:river",
    "^river", "{words}: river", "river + lake", "(river", "river)", ":*", "!river", "river & !lake", "river <-> lake",
    "river | lake", "\\", "%", "_", "\x00", "a\x00b", "\ud83d", "👍", "👩‍👩‍👧", "؟", "a" * 100, "r " * 50, "ʼʼ",
    "\u0301", "room:r1", "'; DROP TABLE chat_messages; --", "$1", ":words", "?", "<@m1>",
)  # fmt: skip


async def test_nothing_typed_is_an_operator_or_breaks(searched: Searched) -> None:
    """Signs divide words and mean nothing else; a text without a letter finds nothing."""
    await searched.say("river AND lake", "river", "near")
    for typed in HOSTILE:
        await searched.find(typed)
    expected = {
        "river*": ["river", "river AND lake"],
        "-river": ["river", "river AND lake"],
        "!river": ["river", "river AND lake"],
        "river & !lake": ["river AND lake"],
        "river | lake": ["river AND lake"],
        "river OR lake": [],
        "AND": ["river AND lake"],
        "NEAR(": ["near"],
        "*" * 100: [],
        "\x00": [],
        "👍": [],
    }
    assert {typed: await searched.find(typed) for typed in expected} == expected


async def test_a_mention_is_no_word(searched: Searched) -> None:
    """It holds an id: nobody is found by it."""
    await searched.say("Hello <@m_abc>, river")
    assert await searched.find("abc") == await searched.find("m_abc") == []
    assert await searched.find("hello river") == ["Hello <@m_abc>, river"]


async def test_pages_are_the_newest_first(searched: Searched) -> None:
    """Over rooms too, each message once; `before` is the message that was before it in its room."""
    for number in range(1, 8):
        await searched.say(f"river {number}", room=(ROOM, OTHER_ROOM)[number % 2])
        await searched.say("nothing", room=ROOM)
    seen: list[SearchHit] = []
    page = await searched.page("river", ROOM, OTHER_ROOM, limit=3)
    while True:
        seen += page.hits
        if not page.more:
            break
        assert len(page.hits) == 3
        page = await searched.page("river", ROOM, OTHER_ROOM, before=seen[-1], limit=3)
    times = [hit.message.at for hit in seen]
    assert times == sorted(times, reverse=True)
    assert sorted(hit.message.text for hit in seen) == [f"river {number}" for number in range(1, 8)]
    in_room = [(hit.message.id, hit.before) for hit in seen if hit.room == "r1"]
    assert in_room == [(one, one - 1) for one, _ in in_room]
    assert [hit.before for hit in seen if hit.message.text == "river 1"] == [None]


async def test_messages_of_one_moment(searched: Searched) -> None:
    """None is left out at the edge of a page, and none comes twice."""
    await searched.say("river 1", "river 2", "river 3", room=ROOM)
    await searched.say("river 4", "river 5", "river 6", room=OTHER_ROOM)  # at the same times
    seen: list[str] = []
    last: SearchHit | None = None
    for _ in range(6):
        page = await searched.page("river", ROOM, OTHER_ROOM, before=last, limit=1)
        seen += [hit.message.text for hit in page.hits]
        last = page.hits[-1]
    assert sorted(seen) == [f"river {number}" for number in range(1, 7)]
    assert (await searched.page("river", ROOM, OTHER_ROOM, before=last)).hits == ()


async def test_only_the_rooms_that_are_asked_for(searched: Searched) -> None:
    """However many; none at all finds nothing."""
    await searched.say("river", room=ROOM)
    await searched.say("river there", room=OTHER_ROOM)
    assert await searched.find("river", OTHER_ROOM) == ["river there"]
    many = [f"room:empty{number}" for number in range(ROOMS_AT_ONCE - 1)]
    assert await searched.find("river a b c d e f g", *many, ROOM) == []
    assert await searched.find("river", *many, ROOM) == ["river"]
    nowhere = await searched.search.search((), "river", None, 5)
    assert nowhere == Found((), more=False)


async def test_a_place_that_is_not_there(searched: Searched) -> None:
    """It is said, instead of beginning anew."""
    await searched.say("river")
    assert await searched.search.search((ROOM,), "river", (ROOM, 99), 5) is None


async def test_what_was_withdrawn_is_gone(searched: Searched) -> None:
    """From the same commit on, with all that it was found by; a page may go on from it."""
    await searched.say("river 1", "river 2", "river 3")
    found = await searched.page("river", limit=2)
    writer = await searched.writer()
    await writer.write(ChatDeleted(2), nonce="nonce-01")
    assert await searched.find("river") == ["river 3", "river 1"]
    assert [hit.message.text for hit in (await searched.page("river", before=found.hits[-1])).hits] == ["river 1"]
    assert await words_left(searched) == 2


async def test_what_was_edited_follows(searched: Searched) -> None:
    """It is found by what it says now, at its old place."""
    await searched.say("river", "lake", "sea")
    writer = await searched.writer()
    await writer.write(ChatEdited(1, "sea at last"), ChatReacted(1, "👍", True), nonce="nonce-01")
    assert await searched.find("river") == []
    assert await searched.find("sea") == ["sea", "sea at last"]
    await writer.write(ChatPosted("gone"), ChatDeleted(writer.position.seq + 1), nonce="nonce-02")
    assert await searched.find("gone") == []
    assert await words_left(searched) == 3


async def test_what_is_removed_from_the_archive(searched: Searched) -> None:
    """As by a retention: the index follows its rows by itself."""
    await searched.say("river", "lake")
    async with searched.database.write() as connection:
        await connection.execute(delete(chat_messages).where(chat_messages.c.id == 1))
    assert await searched.find("river") == []
    assert await searched.find("lake") == ["lake"]
    assert await words_left(searched) == 1


async def words_left(searched: Searched) -> int:
    """How many messages are found by anything; on SQLite as many must be in the index."""
    async with searched.database.read() as connection:
        rows = (await connection.execute(text("SELECT count(*) FROM chat_messages WHERE words <> ''"))).scalar_one()
        if connection.dialect.name == "sqlite":
            indexed = (await connection.execute(text("SELECT count(*) FROM chat_search"))).scalar_one()
            assert indexed == rows
    return int(rows)


async def test_older_messages_are_made_searchable(searched: Searched) -> None:
    """What an older version has written, or a restore has left without words; once."""
    count = FILLED_AT_ONCE + 50
    await searched.say(*(f"river {number}" for number in range(count)))
    async with searched.database.write() as connection:
        await connection.execute(update(chat_messages).values(words=None))
    await searched.say("river newest")
    assert await searched.find("river") == ["river newest"]
    assert await searched.search.fill() == count
    assert await searched.find("river", limit=3) == ["river newest", f"river {count - 1}", f"river {count - 2}"]
    assert await words_left(searched) == count + 1
    assert await searched.search.fill() == 0


async def test_filling_ends_with_the_server(searched: Searched) -> None:
    """What is left is done after the next start."""
    await searched.say("river")
    async with searched.database.write() as connection:
        await connection.execute(update(chat_messages).values(words=None))
    searched.search.stop()
    assert await searched.search.fill() == 0
    await searched.search.tidy()


async def test_a_long_message(searched: Searched) -> None:
    """Thousands of words in one, or one word of thousands of letters."""
    await searched.say(" ".join(f"w{number}" for number in range(1_500)), "x" * 8_000)
    assert len(await searched.find("w1499")) == 1
    assert len(await searched.find("x" * 100)) == 1


async def test_what_a_message_costs(searched: Searched) -> None:
    """The index comes with the statement that writes the message: no further one, on either database."""
    await searched.say("warm up")
    statements: list[str] = []
    for engine in searched.database.engines:
        event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    writer = await searched.writer()
    await writer.write(ChatPosted("one more river"), nonce="nonce-01")
    assert await searched.find("one more") == ["one more river"]
    writing = [one for one in statements if "chat_messages" in one and not one.lstrip().startswith("SELECT chat_")]
    assert len(writing) == 1, writing


async def test_a_search_does_not_go_through_all_messages(searched: Searched) -> None:
    """It is the index that is asked; SQLite's gives them in their order, too."""
    await searched.say(*(f"river number{number}" for number in range(2_000)))
    plans: list[str] = []

    def explain(connection: Connection, _cursor: object, statement: str, parameters: Any, *_more: object) -> None:
        if ("MATCH" in statement or "@@" in statement) and not statement.startswith("EXPLAIN"):
            explained = f"EXPLAIN {'' if is_postgres(connection) else 'QUERY PLAN '}{statement}"
            plan = connection.exec_driver_sql(explained, parameters)
            plans.append("\n".join(" ".join(map(str, row)) for row in plan))

    async with searched.database.write() as connection:
        await connection.execute(text("ANALYZE"))
    for engine in searched.database.engines:
        event.listen(engine, "before_cursor_execute", explain)
    assert await searched.find("number1234") == ["river number1234"]
    [plan] = plans
    assert "chat_search" in plan
    assert "SCAN chat_messages" not in plan
    assert "TEMP B-TREE" not in plan


async def test_withdrawn_words_leave_the_disk(searched: Searched) -> None:
    """Not only are they not found: SQLite's index does not hold them any more."""
    await searched.say("xylophone", "river", "lake")
    await searched.say("sea")
    writer = await searched.writer()
    await writer.write(ChatDeleted(1), nonce="nonce-01")
    await searched.search.tidy()
    assert await searched.find("river") == ["river"]
    async with searched.database.read() as connection:
        if connection.dialect.name == "postgresql":
            held = text("SELECT count(*) FROM chat_messages WHERE words LIKE '%xylophone%'")
        else:
            held = text("SELECT count(*) FROM chat_search_data WHERE instr(block, CAST('xylophone' AS BLOB))")
        assert (await connection.execute(held)).scalar_one() == 0
