"""STUN as far as an ICE-lite agent needs it (RFC 8489, RFC 8445): it is asked, and answers.

A request is read without trust and without copies of more than its user name; only when that is one of ours, the
HMAC is computed. Attributes after MESSAGE-INTEGRITY are not authenticated and count for nothing.
"""

import binascii
import hmac
import ipaddress
import struct

from msgspec import Struct

BINDING_REQUEST = 0x0001
BINDING_RESPONSE = 0x0101
BINDING_ERROR = 0x0111

COOKIE = 0x2112A442
"""The magic cookie (RFC 8489, section 5)."""

HEADER_LENGTH = 20
INTEGRITY_LENGTH = 24
FINGERPRINT_LENGTH = 8
FINGERPRINT_XOR = 0x5354554E

USERNAME = 0x0006
MESSAGE_INTEGRITY = 0x0008
ERROR_CODE = 0x0009
XOR_MAPPED_ADDRESS = 0x0020
USE_CANDIDATE = 0x0025
FINGERPRINT = 0x8028
ICE_CONTROLLED = 0x8029

ROLE_CONFLICT = 487
"""Both believe that they are controlled (RFC 8445, section 7.3.1.1)."""

_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")


class BindingRequest(Struct, frozen=True):
    """A connectivity check. Nothing in it is to be believed before `is_signed` has said so.

    `nominates`: has USE-CANDIDATE. `is_controlled`: the peer takes itself for the controlled side.
    """

    transaction: bytes
    username: bytes
    nominates: bool
    is_controlled: bool
    signed: bytes
    signature: bytes

    def is_signed(self, password: bytes) -> bool:
        """Whether who sent it knows the password."""
        return hmac.compare_digest(self.signature, hmac.digest(password, self.signed, "sha1"))


def read_binding_request(data: bytes) -> BindingRequest | None:
    """A binding request with user name and MESSAGE-INTEGRITY, or None when it is anything else."""
    end = len(data)
    if end < HEADER_LENGTH:
        return None
    kind, length, cookie, transaction = _HEADER.unpack_from(data)
    if kind != BINDING_REQUEST or cookie != COOKIE or length != end - HEADER_LENGTH or length % 4:
        return None
    username: bytes | None = None
    nominates = is_controlled = False
    position = HEADER_LENGTH
    while position < end:
        attribute, size = _ATTRIBUTE.unpack_from(data, position)
        value = position + _ATTRIBUTE.size
        if value + size > end:
            return None
        if attribute == MESSAGE_INTEGRITY:
            if username is None or value - _ATTRIBUTE.size + INTEGRITY_LENGTH != value + size:
                return None
            if not _fingerprint_is_right(data, value + size):
                return None
            return BindingRequest(
                transaction=transaction,
                username=username,
                nominates=nominates,
                is_controlled=is_controlled,
                signed=_with_length(data[:position], INTEGRITY_LENGTH),
                signature=data[value : value + size],
            )
        if attribute == USERNAME:
            username = data[value : value + size]
        elif attribute == USE_CANDIDATE:
            nominates = True
        elif attribute == ICE_CONTROLLED:
            is_controlled = True
        position = value + (size + 3 & ~3)
    return None


def binding_response(request: BindingRequest, host: str, port: int, password: bytes) -> bytes:
    """The answer: how we see the peer's address."""
    return _message(
        BINDING_RESPONSE, request.transaction, _xor_mapped_address(host, port, request.transaction), password
    )


def role_conflict(request: BindingRequest, password: bytes) -> bytes:
    """The answer to a peer that has to take the controlling role: a lite agent never can."""
    reason = b"Role Conflict"
    value = struct.pack("!HBB", 0, ROLE_CONFLICT // 100, ROLE_CONFLICT % 100) + reason
    attribute = _ATTRIBUTE.pack(ERROR_CODE, len(value)) + value + bytes(-len(value) % 4)
    return _message(BINDING_ERROR, request.transaction, attribute, password)


def _fingerprint_is_right(data: bytes, position: int) -> bool:
    """Whether FINGERPRINT, if it follows at `position`, is that of the message (RFC 8489, section 14.7)."""
    if position == len(data):
        return True
    if len(data) - position != FINGERPRINT_LENGTH:
        return False
    attribute, size, value = struct.unpack_from("!HHI", data, position)
    if attribute != FINGERPRINT or size != FINGERPRINT_LENGTH - _ATTRIBUTE.size:
        return False
    return bool(value == binascii.crc32(data[:position]) ^ FINGERPRINT_XOR)


def _with_length(message: bytes, more: int) -> bytes:
    """The message as if `more` bytes were its last attribute: what is signed (RFC 8489, section 14.5)."""
    return message[:2] + struct.pack("!H", len(message) - HEADER_LENGTH + more) + message[4:]


def _xor_mapped_address(host: str, port: int, transaction: bytes) -> bytes:
    """RFC 8489, section 14.2. An IPv4 address that came by an IPv6 socket is an IPv4 address."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    mask = struct.pack("!I", COOKIE) + transaction
    family = 1 if address.version == 4 else 2
    masked = bytes(a ^ b for a, b in zip(address.packed, mask, strict=False))
    value = struct.pack("!BBH", 0, family, port ^ COOKIE >> 16) + masked
    return _ATTRIBUTE.pack(XOR_MAPPED_ADDRESS, len(value)) + value


def _message(kind: int, transaction: bytes, attributes: bytes, password: bytes) -> bytes:
    """A message with MESSAGE-INTEGRITY and FINGERPRINT."""
    message = _HEADER.pack(kind, 0, COOKIE, transaction) + attributes
    signed = _with_length(message, INTEGRITY_LENGTH)
    message = signed + _ATTRIBUTE.pack(MESSAGE_INTEGRITY, INTEGRITY_LENGTH - 4) + hmac.digest(password, signed, "sha1")
    message = _with_length(message, FINGERPRINT_LENGTH)
    return message + struct.pack("!HHI", FINGERPRINT, 4, binascii.crc32(message) ^ FINGERPRINT_XOR)
