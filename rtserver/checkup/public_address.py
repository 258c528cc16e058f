"""Whether the address that people are given leads to rtserver."""

from http import HTTPStatus

import aiohttp

from rtserver.checkup.finding import Finding, fault, good, hint
from rtserver.config import Settings

SUBJECT = "public address"


async def look_at_public_address(settings: Settings) -> Finding | None:
    """None: no address is set. A server that does not run yet is no fault: one looks before one starts."""
    if not settings.public_url:
        return None
    try:
        async with aiohttp.ClientSession() as client, client.get(settings.public_url + "/") as answer:
            status, kind = answer.status, answer.content_type
    except aiohttp.ClientSSLError:
        return fault(
            SUBJECT,
            f"Browsers will not take the certificate of {settings.public_url}.",
            "Give the proxy a certificate for that very name, with the certificates between.",
        )
    except aiohttp.ClientError:
        return hint(
            SUBJECT,
            f"Nobody answers at {settings.public_url}.",
            "That is so while rtserver or its proxy does not run; else look at the name in the DNS and the firewall.",
        )
    if status == HTTPStatus.OK and kind == "text/html":
        return good(SUBJECT, f"{settings.public_url} answers with a page.")
    return fault(
        SUBJECT,
        f"{settings.public_url} answers, and not with the page of rtserver (status {status}).",
        "Look where the proxy sends requests for this name, and whether rtserver runs there.",
    )
