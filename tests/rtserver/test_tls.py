"""The certificate of the server: which files can be used, and what becomes of connections when they are replaced."""

import re
import ssl
import warnings
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from structlog.testing import capture_logs

from rtserver.tls import Certificate, CertificateUnusable
from tests.rtserver.certificates import EC, HOST, RSA, Authority

SENTENCE = r"[^\n]+: check RT_TLS_CERTIFICATE and RT_TLS_KEY, and that rtserver may read both files\."
MISSING = r"[^\n]+: No such file or directory; check RT_TLS_CERTIFICATE and RT_TLS_KEY, .*"


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


class Talk:
    """A client and a server that shake hands in memory."""

    def __init__(self, server: ssl.SSLContext, client: ssl.SSLContext, name: str = HOST) -> None:
        to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.client = client.wrap_bio(to_client, to_server, server_hostname=name)
        self.server = server.wrap_bio(to_server, to_client, server_side=True)
        self._until_done()
        self.certificate = self.client.getpeercert(binary_form=True)

    def _until_done(self) -> None:
        waiting = [self.client, self.server]
        for _ in range(10):
            for side in list(waiting):
                try:
                    side.do_handshake()
                    waiting.remove(side)
                except ssl.SSLWantReadError:
                    continue
            if not waiting:
                return
        raise AssertionError("the handshake does not end")

    def check(self) -> None:
        """It still carries bytes."""
        self.client.write(b"are you there?")
        assert self.server.read(100) == b"are you there?"


class TestFiles:
    @pytest.mark.parametrize("key_type", [EC, RSA])
    def test_good_ones(self, tmp_path: Path, authority: Authority, key_type: object) -> None:
        """Clients that trust the authority get through, by TLS 1.2 or newer, and speak HTTP/1.1."""
        files = authority.issue(tmp_path, key_type=key_type)  # type: ignore[arg-type]
        certificate = Certificate(*files)
        Talk(certificate.context, authority.context).check()
        assert certificate.context.minimum_version is ssl.TLSVersion.TLSv1_2
        browser = authority.trusted()
        browser.set_alpn_protocols(["h2", "http/1.1"])
        assert Talk(certificate.context, browser).client.selected_alpn_protocol() == "http/1.1"
        old = authority.trusted()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(ssl.SSLError):
            Talk(certificate.context, old)

    @pytest.mark.parametrize("missing", [0, 1])
    def test_that_are_missing(self, tmp_path: Path, authority: Authority, missing: int) -> None:
        """Which one is said."""
        files = authority.issue(tmp_path)
        files[missing].unlink()
        with pytest.raises(CertificateUnusable) as caught:
            Certificate(*files)
        assert re.fullmatch(MISSING, str(caught.value))
        assert str(files[missing]) in str(caught.value)

    @pytest.mark.parametrize("content", [b"", b"\x00\xff", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
    @pytest.mark.parametrize("broken", [0, 1])
    def test_that_are_broken(self, tmp_path: Path, authority: Authority, broken: int, content: bytes) -> None:
        """One sentence."""
        files = authority.issue(tmp_path)
        files[broken].write_bytes(content)
        with pytest.raises(CertificateUnusable) as caught:
            Certificate(*files)
        assert re.fullmatch(SENTENCE, str(caught.value))

    def test_that_do_not_belong_together(self, tmp_path: Path, authority: Authority) -> None:
        """The key of another certificate."""
        certificate, _ = authority.issue(tmp_path, "one")
        _, key = authority.issue(tmp_path, "two")
        with pytest.raises(CertificateUnusable, match="KEY_VALUES_MISMATCH") as caught:
            Certificate(certificate, key)
        assert re.fullmatch(SENTENCE, str(caught.value))

    def test_the_wrong_way_round(self, tmp_path: Path, authority: Authority) -> None:
        """A mistake that is easily made."""
        certificate, key = authority.issue(tmp_path)
        with pytest.raises(CertificateUnusable) as caught:
            Certificate(key, certificate)
        assert re.fullmatch(SENTENCE, str(caught.value))

    def test_a_key_with_a_password(self, tmp_path: Path, authority: Authority) -> None:
        """It is not asked for at a terminal that nobody sits at."""
        certificate, key = authority.issue(tmp_path)
        plain = serialization.load_pem_private_key(key.read_bytes(), None)
        encrypted = plain.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
        key.write_bytes(encrypted)
        with pytest.raises(CertificateUnusable, match="rtserver needs it without"):
            Certificate(certificate, key)

    def test_a_folder(self, tmp_path: Path, authority: Authority) -> None:
        """Is no file."""
        _, key = authority.issue(tmp_path)
        with pytest.raises(CertificateUnusable) as caught:
            Certificate(tmp_path, key)
        assert re.fullmatch(SENTENCE, str(caught.value))


class TestReloading:
    def test_unchanged(self, tmp_path: Path, authority: Authority) -> None:
        """Nothing is read again."""
        certificate = Certificate(*authority.issue(tmp_path))
        assert not certificate.reload()
        assert not certificate.reload()

    @pytest.mark.parametrize(("old", "new"), [(EC, EC), (RSA, RSA), (RSA, EC), (EC, RSA)])
    def test_replaced(self, tmp_path: Path, authority: Authority, old: object, new: object) -> None:
        """New connections get the new certificate; those that stand go on with theirs."""
        certificate = Certificate(*authority.issue(tmp_path, key_type=old))  # type: ignore[arg-type]
        before = Talk(certificate.context, authority.context)
        authority.issue(tmp_path, key_type=new)  # type: ignore[arg-type]
        with capture_logs() as logs:
            assert certificate.reload()
        assert [entry["event"] for entry in logs] == ["certificate.reloaded"]
        after = Talk(certificate.context, authority.context)
        assert after.certificate != before.certificate
        named = Talk(certificate.context, authority.context, "localhost")
        assert named.certificate == after.certificate, "whether the client says a name or not"
        before.check()
        after.check()
        assert not certificate.reload()

    def test_half_of_it(self, tmp_path: Path, authority: Authority) -> None:
        """The certificate is there and its key is not yet: the old pair serves on; then the new one does."""
        files = authority.issue(tmp_path)
        certificate = Certificate(*files)
        old = Talk(certificate.context, authority.context).certificate
        fresh = authority.issue(tmp_path, "fresh")
        fresh[0].replace(files[0])
        with capture_logs() as logs:
            assert not certificate.reload()
            assert not certificate.reload()
        assert [entry["event"] for entry in logs] == ["certificate.unusable"], "said once, not each minute"
        assert Talk(certificate.context, authority.context).certificate == old
        fresh[1].replace(files[1])
        assert certificate.reload()
        assert Talk(certificate.context, authority.context).certificate != old

    @pytest.mark.parametrize("gone", [0, 1])
    def test_gone(self, tmp_path: Path, authority: Authority, gone: int) -> None:
        """Between removing and writing: the old pair serves on; the next look finds the new one."""
        files = authority.issue(tmp_path)
        certificate = Certificate(*files)
        old = Talk(certificate.context, authority.context).certificate
        files[gone].unlink()
        with capture_logs() as logs:
            assert not certificate.reload()
        assert [entry["event"] for entry in logs] == ["certificate.unusable"]
        assert Talk(certificate.context, authority.context).certificate == old
        authority.issue(tmp_path)
        assert certificate.reload()
        assert Talk(certificate.context, authority.context).certificate != old
