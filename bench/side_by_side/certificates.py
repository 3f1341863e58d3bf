"""One CA, and a certificate for each side of mutual TLS, as a mesh issues them: P-256, a SPIFFE identity, a DNS name."""

import subprocess

IDENTITIES = {"server": "spiffe://example.org/ns/shop/sa/cart", "client": "spiffe://example.org/ns/shop/sa/web"}


def make(folder):
    _openssl(folder, "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=benchmark")
    for name, identity in IDENTITIES.items():
        (folder / f"{name}.extensions").write_text(
            f"subjectAltName=URI:{identity},DNS:cart.shop\nextendedKeyUsage=serverAuth,clientAuth\nkeyUsage=digitalSignature\n"
        )
        _openssl(folder, f"req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}")
        _openssl(folder, f"x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out {name}.pem -days 30 -extfile {name}.extensions")
        # HAProxy wants both in one file.
        (folder / f"{name}.both.pem").write_text((folder / f"{name}.pem").read_text() + (folder / f"{name}.key").read_text())


def _openssl(folder, arguments):
    done = subprocess.run(["openssl", *arguments.split()], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"openssl {arguments}: {done.stderr}")
