"""What a call has to find out: the fields of an agent, their kinds, and when they are read back."""

from dataclasses import dataclass
from enum import StrEnum


class FieldType(StrEnum):
    TEXT = "text"
    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    DATE = "date"
    TIME = "time"
    DATE_TIME = "date_time"
    NUMBER = "number"
    """A number that is read digit by digit: a quantity, a house number, an amount."""
    ID = "id"
    """Letters and digits: an order, a policy, a plate."""
    ENUM = "enum"


class Risk(StrEnum):
    """How much harm a wrong value does. One of high risk goes into no write before the caller has confirmed it."""

    LOW = "low"
    HIGH = "high"


class Confirm(StrEnum):
    """When a value is read back to the caller."""

    NEVER = "never"
    HIGH_RISK = "high_risk"
    ALWAYS = "always"
    UNSURE = "unsure"
    """When the recogniser was unsure of it, or the risk is high."""


@dataclass(frozen=True, slots=True)
class Field:
    """Something the call has to find out."""

    name: str
    description: str = ""
    type: str = FieldType.TEXT
    required: bool = False
    risk: str = Risk.LOW
    confirm: str = Confirm.HIGH_RISK
    values: tuple[str, ...] = ()
    """What an enum may be; other types take any value that their type allows."""
    question: str = ""
    """How to ask for it, word for word, where a rule does."""

    @property
    def label(self) -> str:
        """The field's name as it is said: `order_number` is "order number"."""
        label = self.name.replace("_", " ").replace("-", " ").replace(".", " ")
        return {"phone": "phone number", "email": "e-mail address"}.get(label, label)
