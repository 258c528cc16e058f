"""People of a space who come into a call, each with a camera of a colour of their own."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from tests.browser.calling import Caller, keep_peers
from tests.browser.space import ROSTER, Space
from tests.browser.visits import Visit

FRENCH_PEOPLE = frozenset({"claire", "leo", "zoe"})

ComeIn = Callable[..., Awaitable[Caller]]


def shown_to(viewer: str, name: str) -> str:
    """The name under which `viewer` sees somebody: the roster name within a class, else the alias."""
    is_classmate = (viewer in FRENCH_PEOPLE) is (name in FRENCH_PEOPLE)
    return ROSTER[name][0 if is_classmate else 1]


def come_in_with(visit: Visit, space: Space) -> ComeIn:
    """Lets a person of a space come in by their link, ready to call."""

    async def come_in(name: str, own_colour: bool = True, **options: Any) -> Caller:
        """Without `own_colour` the camera is Chromium's own fake one, which gives any size at 30 pictures a second."""
        person = await visit(name, space.server, **options)
        await keep_peers(person.context, name if own_colour else None)
        await person.enter(await space.link(name))
        return Caller(person)

    return come_in


async def all_in(come_in: ComeIn, *names: str, own_colour: bool = True) -> dict[str, Caller]:
    """These people in the call, one after the other. Everybody's page is there before: a call that goes on meanwhile
    would take the processor from the pages that are loaded."""
    callers = {name: await come_in(name, own_colour=own_colour) for name in names}
    for caller in callers.values():
        await caller.join()
    return callers


async def all_receive(callers: Iterable[Caller], pictures: int, voices: int = 0) -> None:
    """Wait until each of them gets so many pictures and voices that go on. All at once: for each it takes seconds."""
    async with asyncio.TaskGroup() as looks:
        for caller in callers:
            looks.create_task(caller.receives(pictures, voices))


async def see_each_other(callers: dict[str, Caller], voices: int = 0) -> None:
    """Wait until everybody sees everybody else's colour under the right name, all of it goes on, and so do as many
    voices."""
    async with asyncio.TaskGroup() as looks:
        for viewer, caller in callers.items():
            for name in callers:
                if name != viewer:
                    looks.create_task(caller.sees_colour(shown_to(viewer, name), name))
    await all_receive(callers.values(), len(callers) - 1, voices)
