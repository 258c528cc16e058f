"""A certificate for localhost, made when the tests run: no key lies in the repository."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import trustme


@cache
def certificate() -> Path:
    """A file with a certificate, its chain and its key; whoever trusts the chain's end trusts it."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    file = folder / "localhost.pem"
    issued.private_key_and_cert_chain_pem.write_to_path(file)
    authority.cert_pem.write_to_path(file, append=True)
    return file
