"""Hypothesis without surprises: the same examples every time, no deadline on a busy machine, nothing kept on disk."""

import hypothesis

hypothesis.settings.register_profile(
    "signaling", derandomize=True, deadline=None, database=None, max_examples=100, print_blob=False
)
hypothesis.settings.load_profile("signaling")
