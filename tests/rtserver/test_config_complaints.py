"""What is wrong with settings, in plain words: those of the library reach nobody."""

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from rtserver.config_complaints import complaints_of


class Model(BaseModel, extra="forbid"):
    """One of each kind."""

    whole: int = 0
    number: float = 0
    switch: bool = False
    text: str = ""
    parts: tuple[str, ...] = ()
    word: str = Field(default="asyncio", pattern="^(asyncio|uvloop)$")
    level: str = Field(default="info", pattern="^(debug|info|error)$")
    above: Annotated[float, Field(gt=0)] = 1
    below: Annotated[float, Field(lt=2.5)] = 1
    ranged: int = Field(default=1, ge=1, le=65_535)
    ours: str = ""

    @field_validator("ours")
    @classmethod
    def _ours(cls, value: str) -> str:
        if value:
            raise ValueError("it must look like https://rt.example.eu, without a path")
        return value

    @model_validator(mode="after")
    def _together(self) -> "Model":
        if self.text == "alone":
            raise ValueError("text and parts belong together: set both")
        return self


def sentences(**given: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Model(**given)
    return complaints_of(caught.value, "RT_")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("whole", "many", "it must be a whole number"),
        ("whole", 1.5, "it must be a whole number"),
        ("whole", [], "it must be a whole number"),
        ("number", "many", "it must be a number"),
        ("number", {}, "it must be a number"),
        ("switch", "maybe", "it must be true or false"),
        ("switch", [], "it must be true or false"),
        ("text", 1, "it must be text"),
        ("parts", 1, "it must be a list"),
        ("parts", [1], "each of its entries must be text"),
        ("word", "loud", "it must be asyncio or uvloop"),
        ("level", "loud", "it must be debug, info or error"),
        ("above", 0, "it must be greater than 0"),
        ("below", 3, "it must be less than 2.5"),
        ("ranged", 0, "it must be at least 1"),
        ("ranged", 99_999, "it must be at most 65535"),
        ("ours", "x", "it must look like https://rt.example.eu, without a path"),
    ],
)
def test_one_kind(name: str, value: object, said: str) -> None:
    """With the setting and the variable that sets it."""
    assert sentences(**{name: value}) == [f"The setting {name} (RT_{name.upper()}) is not valid: {said}."]


def test_what_is_no_setting() -> None:
    assert sentences(wohle=1) == ["There is no setting named wohle."]


def test_settings_that_do_not_go_together() -> None:
    assert sentences(text="alone") == ["The settings do not fit together: text and parts belong together: set both."]


def test_all_at_once_and_no_value() -> None:
    """A value may be a password."""
    said = sentences(whole="hush", word="hush")
    assert len(said) == 2
    assert "hush" not in "".join(said)
