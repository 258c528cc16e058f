"""The built page: files of one folder, compressed once and kept in memory."""

import asyncio
import gzip
import hashlib
import mimetypes
from http import HTTPStatus
from pathlib import Path

from aiohttp import web
from msgspec import Struct

FOREVER = "public, max-age=31536000, immutable"
"""For files with a hash in their name: a year, the longest that caches honour (RFC 9111 sets no limit)."""

ALWAYS_ASK = "no-cache"
"""For files that keep their name: kept, but used only after asking whether they are still the same."""

COMPRESSED_MIN = 1024
"""Bytes below which compressing gains nothing: it travels in one packet anyhow."""

COMPRESSIBLE = {
    "application/javascript",
    "application/json",
    "application/manifest+json",
    "image/svg+xml",
    "text/css",
    "text/html",
    "text/javascript",
    "text/plain",
}

TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""The types of what a page is built of; the system's table, which may say otherwise, is asked for the rest."""


class _File(Struct, frozen=True):
    changed_at: int
    tag: str
    media_type: str
    body: bytes
    compressed: bytes | None


class StaticFiles:
    """The files below `folder`, read when first asked for and again when they have changed on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, _File] = {}

    async def respond(self, request: web.Request, name: str, cache_control: str) -> web.Response | None:
        """The file as an answer to `request` (304 when the browser has it), or None when there is none."""
        file = await self._file(name)
        if file is None:
            return None
        packed = file.compressed if "gzip" in request.headers.get("Accept-Encoding", "") else None
        tag = file.tag if packed is None else f"{file.tag}-gz"
        headers = {"Cache-Control": cache_control, "ETag": f'"{tag}"', "Vary": "Accept-Encoding"}
        if any(known.value in (tag, "*") for known in request.if_none_match or ()):
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        if packed is not None:
            headers["Content-Encoding"] = "gzip"
        charset = "utf-8" if file.media_type in COMPRESSIBLE else None
        return web.Response(
            body=file.body if packed is None else packed,
            content_type=file.media_type,
            charset=charset,
            headers=headers,
        )

    async def _file(self, name: str) -> _File | None:
        path = self._path(name)
        if path is None:
            return None
        return await asyncio.to_thread(self._load, name, path)

    def _path(self, name: str) -> Path | None:
        """Nothing hidden and nothing outside of the folder."""
        parts = name.split("/")
        if any(not part or part.startswith(".") or "\\" in part or "\0" in part for part in parts):
            return None
        return self._folder.joinpath(*parts)

    def _load(self, name: str, path: Path) -> _File | None:
        try:
            if not path.is_file():
                return None
            changed_at = path.stat().st_mtime_ns
            known = self._files.get(name)
            if known is not None and known.changed_at == changed_at:
                return known
            body = path.read_bytes()
        except (OSError, ValueError):  # removed meanwhile, or a name that no file system takes
            return None
        file = _File(changed_at, _tag(body), _media_type(path), body, _compressed(body, _media_type(path)))
        self._files[name] = file
        return file


def _tag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:20]


def _media_type(path: Path) -> str:
    return TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _compressed(body: bytes, media_type: str) -> bytes | None:
    if len(body) < COMPRESSED_MIN or media_type not in COMPRESSIBLE:
        return None
    return gzip.compress(body, mtime=0)
