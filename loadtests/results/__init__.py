"""What came of a run: figures, a verdict, and the same as JSON, as a page for people, and as lines for a terminal."""
