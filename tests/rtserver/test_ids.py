"""Ids of what commands make."""

from rtserver.ids import derive_id


def test_ids_are_derived() -> None:
    """The same for a resend, another for anything else."""
    made = derive_id("m", "project:p1", "anna", "nonce-0001")
    assert made == derive_id("m", "project:p1", "anna", "nonce-0001")
    others = {
        derive_id("c", "project:p1", "anna", "nonce-0001"),
        derive_id("m", "project:p2", "anna", "nonce-0001"),
        derive_id("m", "project:p1", "bruno", "nonce-0001"),
        derive_id("m", "project:p1", "anna", "nonce-0002"),
    }
    assert made.startswith("m_")
    assert len(made) <= 64
    assert made not in others
    assert len(others) == 4
