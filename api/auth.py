"""Who may use the service: the console's token, its cookie, and API keys; everybody else gets nothing but health."""

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.faults import refusal, refuse_fault
from api.principal import SECRET, USED, Principal
from api.scopes import needed
from pipeline.errors import ParleyError, TooBusy, Unauthorised

OPEN = frozenset({"/healthz", "/readyz"})
LOOPBACK_ONLY = frozenset({"/metrics"})
BEGINNINGS = frozenset({"/v1/realtime", "/v1/realtime/calls"})
"""Where a client secret is good, and used up."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HOW = "Open the address that `parley serve` printed, or send `Authorization: Bearer` with a key (`parley keys create`)."
KEY_PROTOCOL = "openai-insecure-api-key."
PROXIED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


Identify = Callable[[str], Awaitable[Principal | None]]
"""Whose API key or client secret this is; None if it is nobody's."""


class ConsoleToken:
    """The token in the console's address, and the cookie that a browser gets for it."""

    def __init__(self, token: str, port: int) -> None:
        self.token = token
        self.cookie = f"parley_console_{port}"
        """Cookies do not know ports: two services on one machine must not share one."""
        self.cookie_value = hmac.new(token.encode(), b"parley console cookie", hashlib.sha256).hexdigest()

    @classmethod
    def new(cls, port: int) -> "ConsoleToken":
        return cls(secrets.token_urlsafe(32), port)

    def matches(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())

    def cookie_matches(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.cookie_value.encode())


class Gate:
    """ASGI middleware: lets a request through to the application only when it is known who asks."""

    def __init__(self, app: ASGIApp, *, console: ConsoleToken, identify: Identify) -> None:
        self._app = app
        self._console = console
        self._known = identify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        answer = await self._admit(scope)
        if answer is None:
            return await self._app(scope, receive, send)
        if scope["type"] == "websocket":
            await receive()
            if "websocket.http.response" not in (scope.get("extensions") or {}):
                return await send({"type": "websocket.close", "code": 1008})
        await answer(scope, receive, send)

    async def _admit(self, scope: Scope) -> Response | None:
        """None lets the request through; a response ends it here."""
        path = scope["path"]
        headers = Headers(scope=scope)
        if path in OPEN or (path in LOOPBACK_ONLY and is_local(scope, headers)):
            return None
        given = _query_token(scope) if path == "/" else None
        if given is not None:
            return self._sign_in(given, scope)
        try:
            principal = await self._identify(scope, headers)
        except ParleyError as fault:
            return refuse_fault(fault)
        if principal is None:
            return refuse_fault(Unauthorised(HOW))
        is_safe = scope["type"] == "http" and scope["method"] in SAFE
        if principal.by_cookie and not is_safe and not is_same_origin(headers):
            return refusal(403, "wrong_origin", "With the console's cookie, only the console's own page may do this.")
        if principal.grant is not None and principal.grant.terms.origin not in ("", headers.get("origin")):
            return refusal(403, "wrong_origin", "This client secret was made for another page.")
        scope["parley.principal"] = principal
        return self._allow(principal, scope)

    def _allow(self, principal: Principal, scope: Scope) -> Response | None:
        """None if the principal may do this."""
        query = scope.get("query_string", b"").decode("latin-1")
        wanted = needed(scope.get("method", "GET"), scope["path"], query)
        begins = principal.kind != "secret" or scope["path"] in BEGINNINGS
        if wanted is None or (wanted in principal.scopes and begins):
            return None
        if principal.kind == "secret":
            return refusal(403, "scope_missing", "A client secret begins a call and does nothing else.")
        advice = f"This key may not: it lacks the scope `{wanted}`. `parley keys create --scope {wanted}` makes one."
        return refusal(403, "scope_missing", advice)

    def _sign_in(self, given: str, scope: Scope) -> Response:
        if not self._console.matches(given):
            return refuse_fault(Unauthorised(f"This token is not (or no longer) valid. {HOW}", code="token_invalid"))
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(
            self._console.cookie,
            self._console.cookie_value,
            httponly=True,
            samesite="strict",
            secure=scope.get("scheme") == "https",
        )
        return response

    async def _identify(self, scope: Scope, headers: Headers) -> Principal | None:
        in_protocol = _protocol_key(scope)
        if in_protocol is not None:
            return await self._bearer(in_protocol)
        authorization = headers.get("authorization")
        if authorization is not None:
            scheme, _, secret = authorization.partition(" ")
            return await self._bearer(secret.strip()) if scheme.lower() == "bearer" else None
        cookie = cookie_parser(headers.get("cookie", "")).get(self._console.cookie)
        if cookie is None or not self._console.cookie_matches(cookie):
            return None
        return Principal("console", "console", by_cookie=True)

    async def _bearer(self, secret: str) -> Principal | None:
        if self._console.matches(secret):
            return Principal("console", "console")
        try:
            principal = await self._known(secret)
            if principal is None and secret.startswith(SECRET):
                raise Unauthorised(USED, code="client_secret_used")
            return principal
        except ParleyError:
            raise
        except (TimeoutError, OSError) as down:
            raise TooBusy("API keys cannot be checked now; try again soon.", code="database_unavailable") from down


def is_same_origin(headers: Headers) -> bool:
    """The page that sent this was served by us. Compared by host alone: a proxy in front may have ended TLS."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site") == "same-origin"
    host = headers.get("host", "")
    return bool(host) and urlsplit(origin).netloc.lower() == host.lower()


def is_local(scope: Scope, headers: Headers) -> bool:
    """Asked on this machine, by this machine's name (no page that rebound its DNS), and not through a proxy."""
    client = scope.get("client")
    if client is None or any(name in headers for name in PROXIED):
        return False
    try:
        is_loopback = ipaddress.ip_address(client[0]).is_loopback
        host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        return is_loopback and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


def _protocol_key(scope: Scope) -> str | None:
    """The key that a browser offers as a subprotocol, for it cannot set headers on a WebSocket."""
    offered = scope.get("subprotocols", ()) if scope["type"] == "websocket" else ()
    return next((one[len(KEY_PROTOCOL) :] for one in offered if one.startswith(KEY_PROTOCOL)), None)


def _query_token(scope: Scope) -> str | None:
    values = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token")
    return values[0] if values else None
