"""Certificates for the servers of a topology: trusted by who trusts the authority, and for the right host only."""

import ssl
import stat
from pathlib import Path

import pytest

from loadtests.topology.certificates import Authority


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> None:
    """In memory. Raises `ssl.SSLCertVerificationError`."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=host)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (ours, theirs, ours, theirs):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


def server_context(certificate: Path, key: Path | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.77.0.1"])
def test_who_trusts_the_authority_trusts_its_servers(authority: Authority, tmp_path: Path, host: str) -> None:
    """Under each name and address that it was issued for."""
    hosts = ("127.0.0.1", "localhost", "10.77.0.1")
    server = server_context(*authority.issue(tmp_path, "server", hosts))
    shake_hands(server, authority.context, host)


def test_nobody_else_does(authority: Authority, tmp_path: Path) -> None:
    """Not under another name, and not who trusts another authority."""
    server = server_context(*authority.issue(tmp_path, "server"))
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        shake_hands(server, authority.context, "rt.example.eu")
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(server, Authority(tmp_path / "other").context, "localhost")


def test_keys_are_nobody_elses_to_read(authority: Authority, tmp_path: Path) -> None:
    """Also where certificate and key are one file, alone in its folder."""
    _, key = authority.issue(tmp_path, "server")
    both = authority.issue_for_balancer(tmp_path / "balancer")
    assert list(both.parent.iterdir()) == [both]
    shake_hands(server_context(both), authority.context, "localhost")
    for file in (key, both):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
