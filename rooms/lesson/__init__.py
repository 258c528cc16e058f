"""What a teacher leads a lesson with: a timer, polls, and "look here"."""
