"""What a shared board costs: strokes on everybody's screen, joining a large board, and an hour of drawing."""
