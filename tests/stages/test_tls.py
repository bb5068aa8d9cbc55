import ssl

from stages.tls import tls


def test_certificates_are_read_once_and_checked() -> None:
    assert tls() is tls()
    assert tls().verify_mode is ssl.CERT_REQUIRED and tls().check_hostname
