"""What a class is: members, permissions, chat, board, presence. Pure rules, no I/O libraries."""
