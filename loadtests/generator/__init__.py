"""The crowd: bare epoll processes that behave like the people of many rooms, and the parent that directs them."""
