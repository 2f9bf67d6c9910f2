"""A certificate authority and a server certificate for one test run, made by openssl."""

import subprocess
from pathlib import Path
from typing import Any


class Certificates:
    """Files in `folder`: ca_pem, server_pem (for 127.0.0.1 and localhost) and client_pem, keys included."""

    def __init__(self, folder: Path, names: str = "IP:127.0.0.1,DNS:localhost") -> None:
        self.folder = folder
        self.ca_pem = folder / "ca.pem"
        self.server_pem = folder / "server.pem"
        self.client_pem = folder / "client.pem"
        self._make_authority()
        self._make_signed("server", names)
        self._make_signed("client", "DNS:client")

    def client_options(self) -> dict[str, Any]:
        """For pymongo."""
        return {"tls": True, "tlsCAFile": str(self.ca_pem)}

    def _openssl(self, *args: str) -> None:
        subprocess.run(["openssl", *args], cwd=self.folder, check=True, capture_output=True, stdin=subprocess.DEVNULL)

    def _make_authority(self) -> None:
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=mongotail tests CA",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", "ca.key", "-out", "ca.pem")

    def _make_signed(self, name: str, alt_names: str) -> None:
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}/O=mongotail tests",
                      "-keyout", f"{name}.key", "-out", f"{name}.csr")
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={alt_names}\n")
        self._openssl("x509", "-req", "-days", "2", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                      "-CAcreateserial", "-extfile", str(extensions), "-out", f"{name}.crt")
        both = (self.folder / f"{name}.crt").read_bytes() + (self.folder / f"{name}.key").read_bytes()
        (self.folder / f"{name}.pem").write_bytes(both)
