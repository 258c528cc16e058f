"""Getting a class in: printed links, who has come in with theirs, and taking it all back from one pupil."""
