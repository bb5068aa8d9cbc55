"""HTTP tools against a real TLS server: its certificate is checked, and by the name that was asked for."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import stages.tools_http
from pipeline.errors import ToolFault
from stages.dialogue.dialogue import Dialogue
from stages.dialogue.spec import Access, Endpoint, Tool
from stages.tools_http import http_tool
from tests.stages.dialogue.agents import booking
from tests.stages.test_tools_http import HERE, Server, answer

Key = ec.EllipticCurvePrivateKey
NOW = datetime.now(UTC)


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def certificate(subject: str, key: Key, issuer: str, signer: Key, *, ca: bool, days: int = 1) -> x509.Certificate:
    made = (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=3))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if ca:
        usage = dict.fromkeys(
            ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "encipher_only", "decipher_only"), False,
        )  # fmt: skip
        made = made.add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
    else:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(subject)]), critical=False)
    return made.sign(signer, hashes.SHA256())


@dataclass
class House:
    """A certificate authority of ours, and a server that it vouches for under one name."""

    directory: Path
    name: str
    days: int = 1
    authority: Path = field(init=False)
    names_asked_for: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        pem = serialization.Encoding.PEM
        self.authority = self.directory / "ca.pem"
        self.authority.write_bytes(certificate("Our CA", root, "Our CA", root, ca=True).public_bytes(pem))
        own = certificate(self.name, leaf, "Our CA", root, ca=False, days=self.days)
        shape = serialization.PrivateFormat.PKCS8
        secret = leaf.private_bytes(pem, shape, serialization.NoEncryption())
        (self.directory / "server.pem").write_bytes(own.public_bytes(pem) + secret)

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.directory / "server.pem")
        context.sni_callback = lambda _, name, __: self.names_asked_for.append(name)
        return context

    def call(self, server: Server, host: str = "localhost") -> Mapping[str, Any]:
        async def main() -> Mapping[str, Any]:
            loop = asyncio.get_running_loop()
            # A handshake that the client breaks off is the server's trouble, and none of this test's.
            loop.set_exception_handler(lambda loop, context: None)
            listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=self.server_context())
            async with listening:
                port = listening.sockets[0].getsockname()[1]
                declared = Tool("find", access=Access.READ, http=Endpoint(f"https://{host}:{port}/find"))
                result = (await http_tool(declared, HERE)(Dialogue.begin(booking()), {"order": "A1"}, "key-1")).result
                await server.free.wait()
                return result

        return asyncio.run(main())


def trust(monkeypatch: pytest.MonkeyPatch, house: House) -> None:
    context = ssl.create_default_context(cafile=str(house.authority))
    monkeypatch.setattr(stages.tools_http, "tls", lambda: context)


def test_a_server_that_is_vouched_for_is_asked_by_its_name_at_the_address_that_was_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, server = House(tmp_path, "localhost"), Server(answer("200 OK", b'{"found": true}'))
    trust(monkeypatch, house)
    assert house.call(server) == {"found": True}
    assert house.names_asked_for == ["localhost"], "the name goes with the handshake, though the address is pinned"
    assert server.asked[0][1]["host"].startswith("localhost:")


@pytest.mark.parametrize(("name", "days"), [("other.example", 1), ("localhost", -1)])
def test_a_wrong_name_and_an_old_certificate_are_refused_before_anything_is_sent(
    name: str, days: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, server = House(tmp_path, name, days), Server(answer("200 OK", b"{}"))
    trust(monkeypatch, house)
    with pytest.raises(ToolFault, match="find cannot be reached"):
        house.call(server)
    assert server.asked == []


def test_a_server_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    house, server = House(tmp_path, "localhost"), Server(answer("200 OK", b"{}"))
    with pytest.raises(ToolFault, match="find cannot be reached"):
        house.call(server)
    assert server.asked == []


def test_a_name_in_the_certificate_does_not_vouch_for_a_bare_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, server = House(tmp_path, "localhost"), Server(answer("200 OK", b"{}"))
    trust(monkeypatch, house)
    with pytest.raises(ToolFault, match="find cannot be reached"):
        house.call(server, "127.0.0.1")
    assert server.asked == []
