"""What is shown when a socket connects; `test_hub` has it with the hub around it."""

from http.cookies import SimpleCookie

import pytest

from rooms.errors import ErrorCode, Refused
from rooms.messages import OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION
from rtserver.hub.admit import Admission
from rtserver.hub.signing_in import SignedIn, sign_in
from rtserver.pages import cookie_name
from tests.rtserver.hub.support import Classroom


async def token_of(classroom: Classroom) -> str:
    ticket, _ = await classroom.on.auth.issue_ticket(classroom.project, classroom.claire)
    return (await classroom.on.auth.redeem_ticket(ticket, classroom.project))[1]


async def shown(classroom: Classroom, what: object, cookie: str = "", is_own_origin: bool = True) -> SignedIn:
    admission = Admission(classroom.project, None, is_own_origin)
    return await sign_in(classroom.on.auth, admission, {"HTTP_COOKIE": cookie}, what)


@pytest.mark.parametrize("version", range(OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION + 1))
async def test_versions(classroom: Classroom, version: int) -> None:
    """Each that is supported counts for the connection."""
    signed_in = await shown(classroom, {"version": version, "session": await token_of(classroom)})
    assert (signed_in.version, signed_in.session.member, signed_in.granted) == (version, classroom.claire, None)


async def test_a_ticket_grants_a_session(classroom: Classroom) -> None:
    ticket, _ = await classroom.on.auth.issue_ticket(classroom.project, classroom.claire)
    signed_in = await shown(classroom, {"version": PROTOCOL_VERSION, "ticket": ticket})
    assert signed_in.granted is not None
    again = await shown(classroom, {"version": PROTOCOL_VERSION, "session": signed_in.granted.session})
    assert again.session.id == signed_in.session.id


async def test_a_cookie(classroom: Classroom) -> None:
    """Of the member that is named, and only for our own pages."""
    name, who = cookie_name(classroom.claire), {"version": PROTOCOL_VERSION, "member": classroom.claire}
    jar = SimpleCookie({name: await token_of(classroom), "other": "x"})
    cookie = jar.output(header="", sep=";").strip()
    assert (await shown(classroom, who, cookie)).session.member == classroom.claire
    for odd, code in ((cookie, ErrorCode.ORIGIN_REFUSED), ("", ErrorCode.ORIGIN_REFUSED)):
        with pytest.raises(Refused) as refused:
            await shown(classroom, who, odd, is_own_origin=False)
        assert refused.value.code is code
    for odd in ("", "other=x", f"{name}", "\x00=;"):
        with pytest.raises(Refused) as refused:
            await shown(classroom, who, odd)
        assert refused.value.code is ErrorCode.SIGN_IN_REQUIRED


@pytest.mark.parametrize("version", [OLDEST_PROTOCOL_VERSION - 1, PROTOCOL_VERSION + 1])
async def test_versions_that_are_not_spoken(classroom: Classroom, version: int) -> None:
    with pytest.raises(Refused) as refused:
        await shown(classroom, {"version": version, "session": await token_of(classroom)})
    assert refused.value.code is ErrorCode.VERSION_UNSUPPORTED
