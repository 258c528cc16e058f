"""A school day over Europe, simulated, and what it takes to carry it: docs/scaling.md."""
