"""Pictures and documents that are put on boards: taken, made harmless, kept, given out, and saved with a board."""
