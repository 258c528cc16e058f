import msgspec
import pytest

from rtserver.shapes import NewMember, NewProject, complaint
from tests.rtserver.portal_fixtures import new_project


class TestNames:
    @pytest.mark.parametrize("name", ["A", "Zażółć gęślą jaźń", " x ", "日本", "🦦", "a" * 120, "O'Neil-Ünal"])
    def test_that_people_have_are_taken(self, name: str) -> None:
        msgspec.convert({"role": "visitor", "roster_name": name, "alias": name}, NewMember)

    @pytest.mark.parametrize("name", ["", " ", "\t", "a\nb", "\x00", "a\x7f", "a" * 121, 7, None])
    def test_that_are_none_are_refused(self, name: object) -> None:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"role": "visitor", "roster_name": name, "alias": "A"}, NewMember)

    def test_a_project_has_exactly_two_founders(self) -> None:
        one = msgspec.to_builtins(new_project())
        wrong: tuple[list[object], ...] = ([], one["founders"][:1], one["founders"] * 2)
        for founders in wrong:
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert({**one, "founders": founders}, NewProject)


def test_a_complaint_says_where_and_not_what() -> None:
    for wrong, where in (
        ({"role": "Léa"}, "$.role"),
        ({"role": "pupil", "roster_name": "Léa\n", "alias": "A"}, "$.roster_name"),
    ):
        with pytest.raises(msgspec.ValidationError) as caught:
            msgspec.convert(wrong, NewMember)
        said = complaint(caught.value)
        assert where in said
        assert "Léa" not in said
        assert "\\x00" not in said
