"""Whether there can be network namespaces here: for tests that need them, and those that say what happens without."""

from collections.abc import Callable

from loadtests.topology.network import Network, NoNamespaces

Test = Callable[..., None]


def why_not() -> str:
    """Empty: there can, as was tried."""
    try:
        with Network(["one"]):
            return ""
    except NoNamespaces as error:
        return str(error)


REFUSED = why_not()


def only_where_allowed(test: Test) -> Test | None:
    """Elsewhere there are no namespaces to look at, and this is no test."""
    return None if REFUSED else test
