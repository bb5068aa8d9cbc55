"""The parts of the documentation that are drawn from the code: `make docs` writes them, test_docs.py compares them."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import get_args

from api.observers.metrics import Metrics
from api.setting_names import environment_name
from api.settings import Settings
from api.wire import realtime_table as protocol_table
from api.wire.envelope import type_name
from pipeline import signals
from pipeline.budget import LIMITS, STAGES
from pipeline.events import Event
from pipeline.floor import Floor, Holder
from pipeline.flow import Utterance
from stages.providers.faults import CODES
from tests.laws.source import PACKAGES, ROOT, Module, classes, dotted_name, modules

MARK = "<!-- drawn from the code: {name} -->\n{text}\n<!-- end of {name} -->"


def cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell(one) for one in line) + " |" for line in lines)


def settings() -> str:
    rows = []
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = "" if default in ("", None, ()) else str(default).lower() if isinstance(default, bool) else str(default)
        rows.append((f"`{environment_name(name)}`", f"`{shown}`" if shown else "", field.description or ""))
    return table(("Variable", "Default", "Meaning"), rows)


VOCABULARY = tuple(f"pipeline/{name}.py" for name in ("events", "doings", "accounts", "remedies"))


def events() -> str:
    """One section a fact: its type on the wire, its fields, and what the code says of them."""
    told = [module for module in modules("pipeline") if module.path in VOCABULARY]
    nodes = {node.name: node for module in told for node in classes(module)}
    parts = []
    for fact in get_args(Event):
        node = nodes[fact.__name__]
        notes = dict(documented_fields(node))
        named = fields(fact)
        body = [f"### `{type_name(fact)}`", ""]
        if about := ast.get_docstring(node):
            body += [" ".join(about.split()), ""]
        body += [
            f"- `{one.name}`: {shape(one.type)}{f'. {notes[one.name]}' if one.name in notes else ''}" for one in named
        ]
        parts.append("\n".join(body if named else body[:-1]))
    return "\n\n".join(parts)


def documented_fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """A field's docstring is the string that follows it."""
    for one, following in zip(node.body, node.body[1:], strict=False):
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and isinstance(following, ast.Expr):
            if isinstance(following.value, ast.Constant):
                yield one.target.id, " ".join(str(following.value.value).split())


def shape(kind: object) -> str:
    text = getattr(kind, "__name__", None) if isinstance(kind, type) else str(kind)
    text = re.sub(r"pipeline\.\w+\.", "", str(text))
    words = {"str": "string", "int": "integer", "bool": "true or false"}
    optional = text.endswith(" | None")
    text = text.removesuffix(" | None")
    if many := re.fullmatch(r"tuple\[(\w+), \.\.\.\]", text):
        text = f"list of {many[1]}"
    return words.get(text, text) + (" or null" if optional else "")


def limits() -> str:
    return table(("Slice", "Limit", "From → to"), [(f"`{x.slice}`", f"{x.limit_ms} ms", x.meaning) for x in LIMITS])


def stages() -> str:
    return table(("Stage", "Limit", "From → to"), [(f"`{x.slice}`", f"{x.limit_ms} ms", x.meaning) for x in STAGES])


def metrics() -> str:
    """What a fresh registry holds, and the gauges that the application adds."""
    rows = []
    for family in Metrics().registry.collect():
        if not family.name.startswith("parley_"):
            continue
        name = family.name + ("_total" if family.type == "counter" else "")
        rows.append((f"`{name}`", family.type, family.documentation))
    rows += [(f"`parley_{name}`", "gauge", about) for name, about in watched()]
    return table(("Metric", "Type", "Meaning"), sorted(set(rows)))


def watched() -> Iterator[tuple[str, str]]:
    for module in modules("api"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "watch":
                given = [argument.value for argument in node.args[:2] if isinstance(argument, ast.Constant)]
                if len(given) == 2:
                    yield str(given[0]), str(given[1])


def house() -> str:
    """Every module with its responsibility."""
    lines = []
    for package in PACKAGES:
        for module in modules(package):
            if "/migrations/" in module.path:
                continue
            first = (ast.get_docstring(module.tree) or "").split("\n")[0]
            if module.path.endswith("__init__.py"):
                lines += ["", f"**{module.name.replace('.', '/')}/**: {first}", ""]
            else:
                lines.append(f"- `{module.path.rpartition('/')[2]}` {first}")
    return "\n".join(lines).strip()


SPOKEN = Utterance(b"", 0, 0, 1, 1)
SAMPLES: tuple[signals.Signal, ...] = (
    signals.Started(0), signals.Sustained(0), signals.Claimed(0), signals.Claimed(0, SPOKEN), signals.Paused(SPOKEN),
    signals.Resumed(0), signals.Ended(SPOKEN), signals.Dismissed(""), signals.Dismissed("", asked=True),
    signals.Prompted(signals.Cause.GREETING), signals.Silent(), signals.Patience(0),
    signals.Settled(1), signals.Settled(1, "goodbye"), signals.Guarded(),
    signals.Unguarded(), signals.Left("caller_left"), signals.Overruled(),
)  # fmt: skip


def said(signal: signals.Signal) -> str:
    name = type(signal).__name__
    if isinstance(signal, signals.Claimed) and signal.utterance is not None:
        return f"{name} (asked)"
    if isinstance(signal, signals.Dismissed) and signal.asked:
        return f"{name} (asked)"
    return f"{name} (finishes)" if isinstance(signal, signals.Settled) and signal.finishes else name


def decided(decision: signals.Decision) -> str:
    match decision:
        case signals.Begin(committed=committed, cause=cause):
            return f"Begin({cause.value}, {'committed' if committed else 'draft'})"
        case signals.Cut(why=why):
            return f"Cut({why.value})"
        case signals.Wait(us):
            return "Wait(default)" if us is None else "Wait"
    return type(decision).__name__


def floor() -> str:
    """Every pair of holder and signal that changes something, found by asking the floor itself."""
    rows = []
    for holder in Holder:
        befores = {"": Floor(holder, 1)}
        if holder in (Holder.AGENT, Holder.OVERLAP):
            befores[", guarded"] = Floor(holder, 1, guarded=True)
        if holder is Holder.HELD:
            befores[", asked"] = Floor(holder, 1, asked=SPOKEN)
        for kept, before in befores.items():
            for signal in SAMPLES:
                after, decisions = before.feed(signal)
                if after != before or decisions:
                    held = f"{holder.name}{kept}"
                    kept_now = ", guarded" if after.guarded else ", asked" if after.asked else ""
                    now = f"{after.holder.name}{kept_now}{', insisting' if after.insists else ''}"
                    rows.append((held, said(signal), now, ", ".join(map(decided, decisions)) or "-"))
    return table(("Holder", "Signal", "Holder then", "Decisions"), rows)


def codes() -> dict[str, set[str]]:
    """Every error code that the service can give, with the modules that give it (the stand-in speaks OpenAI's)."""
    found: dict[str, set[str]] = {}
    for module in modules():
        if not module.path.startswith("stages/standin/"):
            for code in codes_in(module):
                found.setdefault(code, set()).add(module.path)
    return found


CODE = re.compile(r"[a-z]+(_[a-z]+)*")
REFUSALS = {"refusal", "refuse", "_refuse", "refused"}


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def codes_in(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        values: list[ast.expr] = []
        if isinstance(node, ast.ClassDef):
            values = [
                line.value
                for line in node.body
                if isinstance(line, ast.Assign) and any(dotted_name(one) == "code" for one in line.targets)
            ]
        elif isinstance(node, ast.Call):
            values = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            if dotted_name(node.func).split(".")[-1] in REFUSALS:
                values += next(([one] for one in node.args[:2] if is_text(one)), [])
        elif isinstance(node, ast.Assign) and any(dotted_name(one) == "CODES" for one in node.targets):
            values = node.value.values if isinstance(node.value, ast.Dict) else []
        for value in values:
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and CODE.fullmatch(value.value):
                yield value.value


def protocol() -> str:
    """What is taken and told of the Realtime protocol."""
    parts = []
    for title, rows in (
        ("Client event", protocol_table.CLIENT_EVENTS),
        ("Item of the client", protocol_table.ITEMS),
        ("Session field", protocol_table.SESSION),
        ("Turn detection", protocol_table.DETECTION),
        ("Field of `response.create`", protocol_table.RESPONSE),
    ):
        parts.append(table((title, "", ""), [(f"`{name}`", how, about) for name, how, about in rows]))
    sent = [(f"`{name}`", "supported", "") for name in protocol_table.SERVER_EVENTS]
    unsent = [(f"`{name}`", "never sent", why) for name, why in protocol_table.UNSENT]
    parts.append(table(("Server event", "", ""), [*sent, *unsent]))
    return "\n\n".join(parts)


def providers() -> str:
    return table(("Code", "What it means"), [(f"`{code}`", about) for code, about in CODES.items()])


DRAWN: dict[str, dict[str, Callable[[], str]]] = {
    "README.md": {"settings": settings},
    "docs/design.md": {"floor": floor, "house": house},
    "docs/errors.md": {"providers": providers},
    "docs/events.md": {"events": events},
    "docs/latency-budget.md": {"limits": limits, "stages": stages},
    "docs/realtime.md": {"protocol": protocol},
    "docs/operations.md": {"metrics": metrics},
}


def drawn(path: Path, parts: dict[str, Callable[[], str]]) -> str:
    """The document with its drawn parts as the code has them now."""
    text = path.read_text("utf-8")
    for name, draw in parts.items():
        block = re.compile(MARK.format(name=name, text=".*?").replace("\n.*?\n", "\n(?:.*?\n)?"), re.DOTALL)
        assert block.search(text), f"{path.name} has no place for {name}"
        made = MARK.format(name=name, text=draw())
        text = block.sub(lambda _, made=made: made, text)  # type: ignore[misc]
    return text


def main() -> int:
    for name, parts in DRAWN.items():
        path = ROOT / name
        path.write_text(drawn(path, parts), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
