"""Every task has an owner, cancellation goes through, and nothing waits on a clock on the wall."""

import ast
from collections.abc import Iterator

from tests.laws.source import Module, dotted_name, functions, modules, place, told, uses

BIRTHPLACES = {
    "pipeline/call.py": "the tasks of a call live in its group",
    "pipeline/turn.py": "the stages of a turn live in its group",
    "pipeline/attempt.py": "what bridges a turn's silence lives in the turn's group",
    "stages/tools.py": "reads that were asked for together run side by side, in a group of that turn",
    "stages/speak.py": "the next sentence is fetched while one is spoken, in a group of that turn",
    "stages/hedging.py": "a request and the second one beside it, in a group that ends with the first answer",
    "stages/clips.py": "fixed lines are rendered side by side, in a group that ends with them",
    "api/calls.py": "a call outlives the request that began it",
    "api/serve.py": "the stand-in, the drain and the warm-up live as long as the service",
    "api/compose.py": "the copier lives as long as the parts",
    "api/standin.py": "the stand-in lives as long as the command that needs it",
    "api/callcmd.py": "one call from a recording, and what is shown of it",
    "api/realtime/apart.py": "responses out of band, in a group that lives as long as the call",
    "api/realtime/desk.py": "what runs beside a call, in a group that ends with it",
    "api/realtime/mcp.py": "what MCP servers are asked, in a group that lives as long as the call",
    "api/routes/realtime_socket.py": "a socket's reader, sender and voice, in a group that ends with the socket",
    "api/show.py": "the stages of a turn that is shown, in a group of that turn",
    "api/outcomes.py": "calls are read side by side, in a group that lives as long as the parts",
    "api/webhooks.py": "messages are sent side by side, in a group that ends with them",
}
SPAWNERS = {"create_task", "ensure_future", "run_coroutine_threadsafe", "start_soon"}


def spawned(module: Module) -> list[ast.AST]:
    return [
        node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SPAWNERS
    ]


def test_tasks_are_born_in_the_named_files_only() -> None:
    found = [place(module, node) for module in modules() if module.path not in BIRTHPLACES for node in spawned(module)]
    assert not found, told(found)


def test_no_task_is_born_outside_a_group() -> None:
    """`asyncio.create_task` has no owner; a group's `create_task` has one."""
    loose = {"asyncio.create_task", "asyncio.ensure_future", "asyncio.run_coroutine_threadsafe"}
    found = [f"{place(module, node)} {name}" for module in modules() for node, name in uses(module) if name in loose]
    assert not found, told(found)


def test_there_is_one_queue_type() -> None:
    others = {"Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"}
    found = [
        f"{place(module, node)} {name}"
        for module in modules()
        for node, name in uses(module)
        if name.split(".")[0] in ("asyncio", "queue", "multiprocessing") and name.split(".")[-1] in others
    ]
    assert not found, told(found)


WALL_CLOCKS = {
    "time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.strftime", "datetime.datetime.now",
    "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
}  # fmt: skip
READS_THE_WALL = {
    "api/compose.py": "stamps CallStarted, once a call",
    "api/check.py": "compares today with announced shutdown dates",
    "api/realtime/door.py": "tells a client when its session will expire",
    "api/store/keys.py": "stamps when a key was made, used or revoked",
    "stages/standin/headers.py": "stamps answers as OpenAI does",
    "stages/tools_http.py": "stamps signed requests",
}


def test_nobody_reads_the_clock_on_the_wall() -> None:
    found = [
        f"{place(module, node)} {name}"
        for module in modules()
        if module.path not in READS_THE_WALL
        for node, name in uses(module)
        if name in WALL_CLOCKS
    ]
    assert not found, told(found)


READS_THE_ENVIRONMENT = {"api/settings.py": "the settings"}


def test_the_environment_is_read_in_one_file() -> None:
    found = [
        f"{place(module, node)} {name}"
        for module in modules()
        if module.path not in READS_THE_ENVIRONMENT
        for node, name in uses(module)
        if name in ("os.environ", "os.getenv", "os.environb")
    ]
    assert not found, told(found)


STOPS_CANCELLATION = {"CancelledError", "BaseException"}
ABSORBS: dict[str, str] = {}
"""Modules in which an owner waits for a task that it has cancelled itself, and why."""


def caught(handler: ast.ExceptHandler) -> set[str]:
    if handler.type is None:
        return {"BaseException"}
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return {dotted_name(kind).split(".")[-1] for kind in types}


def swallowed(module: Module) -> Iterator[ast.AST]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and caught(node) & STOPS_CANCELLATION:
            if not any(isinstance(inner, ast.Raise) for inner in ast.walk(node)):
                yield node
        elif isinstance(node, ast.Call) and dotted_name(node.func).split(".")[-1] == "suppress":
            if {dotted_name(kind).split(".")[-1] for kind in node.args} & STOPS_CANCELLATION:
                yield node


def test_nobody_swallows_a_cancellation() -> None:
    found = [place(module, node) for module in modules() if module.path not in ABSORBS for node in swallowed(module)]
    assert not found, told(found)


def test_no_exception_from_a_law_is_out_of_date() -> None:
    stale = [path for path in BIRTHPLACES if not any(m.path == path and spawned(m) for m in modules())]
    stale += [
        path
        for path in READS_THE_WALL
        if not any(name in WALL_CLOCKS for m in modules() if m.path == path for _, name in uses(m))
    ]
    stale += [path for path in ABSORBS if not any(m.path == path and list(swallowed(m)) for m in modules())]
    assert not stale, told(stale)


GATEKEEPERS = {"pipeline/playout.py", "stages/tools.py"}


def test_exactly_two_modules_wait_at_the_commit_gate() -> None:
    waiting = {
        module.path
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "committed"
    }
    assert waiting == GATEKEEPERS


def test_a_cut_cannot_be_interrupted() -> None:
    """`cut` is a plain function: between hearing the caller and silence there is no await."""
    cuts = [
        (module, function) for module in modules("pipeline") for function in functions(module) if function.name == "cut"
    ]
    assert {module.path for module, _ in cuts} >= {"pipeline/call.py", "pipeline/playout.py"}
    slow = [place(module, function) for module, function in cuts if isinstance(function, ast.AsyncFunctionDef)]
    assert not slow, told(slow)


def test_we_say_cut_and_not_interrupt() -> None:
    """One word for one thing; a wire protocol's own word stays in its strings."""
    found = [
        f"{place(module, node)} {name}"
        for module in modules("pipeline", "vad", "stages")
        for node in ast.walk(module.tree)
        for name in [getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "name", None)]
        if isinstance(name, str) and "interrupt" in name.lower() and name != "KeyboardInterrupt"
    ]
    assert not found, told(found)
