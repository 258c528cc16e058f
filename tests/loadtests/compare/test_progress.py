"""What is said while the comparison goes on."""

import io

from rich.console import Console

from loadtests.compare.progress import Progress


def test_a_line_a_measurement_where_there_is_no_terminal() -> None:
    output = io.StringIO()
    with Progress(Console(file=output)) as progress:
        progress.say("preparing ours")
        progress.expect(1)
        progress.measured("round 1 of 1, S1, ours: 1.0 k deliveries/s [fast]")
    assert output.getvalue() == "preparing ours\nround 1 of 1, S1, ours: 1.0 k deliveries/s [fast]\n"
