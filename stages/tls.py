"""The TLS context of everything that asks over https: one, for reading the certificates takes a tenth of a second."""

import ssl
from functools import cache

import httpx2


@cache
def tls() -> ssl.SSLContext:
    return httpx2.create_ssl_context()
