"""Judges a certificate that a client got: by openssl, and against what was asked for."""

import subprocess

from cryptography import x509


def check(files, household, authority):
    """Fails unless these files are a certificate for the household's names, and its key."""
    chain, key = files
    assert chain.exists(), "there is no certificate"
    leaf = x509.load_pem_x509_certificates(chain.read_bytes())[0]
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert sorted(names.get_values_for_type(x509.DNSName)) == sorted(household.names)
    # openssl also reads a key that GnuTLS wrote without its leading zero.
    public = openssl("x509", "-in", chain, "-noout", "-pubkey")
    assert openssl("pkey", "-in", key, "-pubout") == public
    for name in (household.host, f"nas.{household.host}"):
        trust = ["-CAfile", authority.issuing_root, "-untrusted", chain, "-purpose", "sslserver"]
        openssl("verify", *trust, "-verify_hostname", name, chain)


def openssl(*words):
    done = subprocess.run(["openssl", *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout
