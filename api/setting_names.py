"""What a setting is called in the environment, and in the sentences that say what is wrong with it."""

from collections.abc import Collection

from pydantic import ValidationError


def environment_name(field: str) -> str:
    """The environment variable of a field."""
    return "OPENAI_API_KEY" if field == "openai_api_key" else f"PARLEY_{field.upper()}"


def mistakes_of(wrong: ValidationError, fields: Collection[str]) -> list[str]:
    """One line a mistake, naming the variable and never repeating a secret's value."""
    lines = []
    for mistake in wrong.errors(include_url=False, include_input=False):
        message = mistake["msg"].removeprefix("Value error, ")
        field = str(mistake["loc"][0]) if mistake["loc"] else ""
        name = environment_name(field.lower()) if field.lower() in fields else field
        lines.append(f"{name}: {message}" if name else message)
    return lines
