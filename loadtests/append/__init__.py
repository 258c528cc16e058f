"""`python -m loadtests run append`: what it takes until a chat message is durable."""
