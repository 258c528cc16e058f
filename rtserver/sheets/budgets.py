"""How many cards one teacher may have made: each costs some milliseconds, and nobody prints a class ten times."""

from rtserver.hub.limits import Rate

CARDS_MAX = 120
"""Cards of one sheet: fifteen pages, and half a second of work. A year group is printed class by class."""

CARDS = Rate(per_second=1, burst=6 * CARDS_MAX)
"""Of one teacher: a class again and again while the printer is being talked to, and a card a second after that."""

TEACHERS_MAX = 5_000
"""Teachers remembered; beyond that the one who has not printed for longest begins anew."""
