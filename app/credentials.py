"""Where secrets are kept: the operating system's keyring, else a file encrypted with a passphrase. Never in the clear.

An environment variable ``ATTRIBENCH_SECRET_<PROVIDER>_<FIELD>`` stands in for a secret of any connection of that
provider, for machines without anybody at them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import platformdirs

from engine.errors import AttribenchError, Code

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from connectors.base import Provider
    from engine.task import Task

_SERVICE = "attribench"
_PASSPHRASE = "ATTRIBENCH_PASSPHRASE"
_INSTEAD = ":instead-of"  # beside a secret: a mark of the environment's, in whose place it is
_TURN = 0.05  # seconds between two looks whether a login is free
_SALT = 16
_SCRYPT = {"n": 1 << 15, "r": 8, "p": 1}


class Vault(Protocol):
    """Keeps texts by name."""

    def get(self, name: str) -> str | None:
        """The text, or None."""
        ...

    def set(self, name: str, text: str) -> None:
        """Keep a text."""
        ...

    def delete(self, name: str) -> None:
        """Forget a text."""
        ...


class SystemVault:
    """The operating system's keyring."""

    def get(self, name: str) -> str | None:
        """The text, or None. Raises SECRETS_UNAVAILABLE."""
        return self._ask("get_password", name)

    def set(self, name: str, text: str) -> None:
        """Keep a text. Raises SECRETS_UNAVAILABLE."""
        self._ask("set_password", name, text)

    def delete(self, name: str) -> None:
        """Forget a text. Raises SECRETS_UNAVAILABLE."""
        if self.get(name) is not None:
            self._ask("delete_password", name)

    def _ask(self, what: str, *arguments: str) -> Any:
        import keyring
        import keyring.errors

        try:
            return getattr(keyring, what)(_SERVICE, *arguments)
        except keyring.errors.KeyringError as error:
            raise AttribenchError(Code.SECRETS_UNAVAILABLE, detail=f"{type(error).__name__}.") from None


class FileVault:
    """A file encrypted with a passphrase (scrypt, then AES in CBC with HMAC as Fernet has it).

    Args:
        path: of the file.
        passphrase: what opens it.
    """

    def __init__(self, path: Path, passphrase: str) -> None:
        self._path = path
        self._passphrase = passphrase

    def get(self, name: str) -> str | None:
        """The text, or None. Raises SECRETS_UNAVAILABLE when the passphrase is another one."""
        return self._read().get(name)

    def set(self, name: str, text: str) -> None:
        """Keep a text."""
        self._write({**self._read(), name: text})

    def delete(self, name: str) -> None:
        """Forget a text."""
        kept = self._read()
        if name in kept:
            self._write({key: value for key, value in kept.items() if key != name})

    def _read(self) -> dict[str, str]:
        from cryptography.fernet import InvalidToken

        if not self._path.exists():
            return {}
        content = self._path.read_bytes()
        try:
            return json.loads(self._box(content[:_SALT]).decrypt(content[_SALT:]))
        except (InvalidToken, ValueError):
            raise AttribenchError(
                Code.SECRETS_UNAVAILABLE, detail=f"{self._path} was locked with another passphrase."
            ) from None

    def _write(self, texts: Mapping[str, str]) -> None:
        salt = os.urandom(_SALT)
        content = salt + self._box(salt).encrypt(json.dumps(dict(texts)).encode())
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_name(self._path.name + ".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        part.replace(self._path)

    def _box(self, salt: bytes) -> Any:
        from cryptography.fernet import Fernet
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

        key = Scrypt(salt=salt, length=32, **_SCRYPT).derive(self._passphrase.encode())
        return Fernet(base64.urlsafe_b64encode(key))


def vault(environment: Mapping[str, str] | None = None) -> Vault:
    """The encrypted file where a passphrase is told, else the system's keyring."""
    told = os.environ if environment is None else environment
    if told.get(_PASSPHRASE):
        return FileVault(_folder() / "secrets.bin", told[_PASSPHRASE])
    return SystemVault()


class Credentials:
    """The secrets of connections.

    Args:
        kept: where they are.
        environment: variables that stand in for them; the process's own when None.
    """

    def __init__(self, kept: Vault, environment: Mapping[str, str] | None = None) -> None:
        self._kept = kept
        self._environment = os.environ if environment is None else environment

    def environment(self, provider: str, field: str) -> str | None:
        """A secret that the environment tells."""
        return self._told(provider, field)

    def environment_of(self, provider: Provider) -> dict[str, str]:
        """The secrets of a provider that the environment tells."""
        told = {each.name: self._told(provider.key, each.name) for each in provider.settings if each.is_secret}
        return {name: secret for name, secret in told.items() if secret}

    def secret(self, provider: str, secret_id: str, field: str) -> str | None:
        """A secret of a connection, by the id in its settings."""
        return self._told(provider, field) or self._kept.get(f"{secret_id}:{field}")

    def latest(self, provider: str, secret_id: str, field: str) -> str | None:
        """A secret that its provider replaces: what replaced the one of the environment, as long as that is the same.

        Raises:
            AttribenchError: SECRETS_UNAVAILABLE, before anything is lost.
        """
        kept = self._kept.get(f"{secret_id}:{field}")
        told = self._told(provider, field)
        if told is None:
            return kept
        return kept if kept and self._kept.get(f"{secret_id}:{field}{_INSTEAD}") == _mark(told) else told

    def replace(self, provider: str, secret_id: str, field: str, text: str) -> None:
        """Keep what a provider handed out in place of a secret."""
        self._kept.set(f"{secret_id}:{field}", text)
        told = self._told(provider, field)
        if told is not None:
            self._kept.set(f"{secret_id}:{field}{_INSTEAD}", _mark(told))

    def kept(self, secret_id: str, field: str) -> str | None:
        """A secret as it is kept, whatever the environment says."""
        return self._kept.get(f"{secret_id}:{field}")

    def keep(self, secret_id: str, secrets: Mapping[str, str]) -> None:
        """Keep the secrets of a connection."""
        for field, text in secrets.items():
            self._kept.set(f"{secret_id}:{field}", text)

    def forget(self, secret_id: str, fields: tuple[str, ...]) -> None:
        """Forget the secrets of a connection."""
        for field in fields:
            self._kept.delete(f"{secret_id}:{field}")
            self._kept.delete(f"{secret_id}:{field}{_INSTEAD}")

    def _told(self, provider: str, field: str) -> str | None:
        return self._environment.get(f"ATTRIBENCH_SECRET_{provider}_{field}".upper().replace("-", "_")) or None


class KeptSecrets:
    """The secrets of one connection while it is spoken to.

    Args:
        credentials: where they are.
        provider: its key.
        secret_id: of the connection.
        folder: for the files that say who renews a login.
    """

    def __init__(self, credentials: Credentials, provider: str, secret_id: str, folder: Path | None = None) -> None:
        self._credentials = credentials
        self._provider = provider
        self._secret_id = secret_id
        self._folder = folder or _folder() / "locks"

    @contextmanager
    def held(self, task: Task) -> Generator[None]:
        """Inside, nobody else on this computer renews this login: not another connection, not another process."""
        import portalocker

        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f"{self._secret_id}.lock").open("a") as file:
            while True:
                task.check()
                try:
                    portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
                    break
                except portalocker.exceptions.LockException:
                    time.sleep(_TURN)
            try:
                yield
            finally:
                portalocker.unlock(file)

    def secret(self, name: str) -> str:
        """A secret as it is kept now; empty for none."""
        return self._credentials.latest(self._provider, self._secret_id, name) or ""

    def keep(self, name: str, text: str) -> None:
        """Keep a secret in place of the one before, at once."""
        self._credentials.replace(self._provider, self._secret_id, name, text)


class NewSecrets:
    """Secrets that are tried and not kept yet.

    Attributes:
        secrets: as they are now.
    """

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.secrets = dict(secrets)

    @contextmanager
    def held(self, task: Task) -> Generator[None]:
        """Nobody else knows them."""
        task.check()
        yield

    def secret(self, name: str) -> str:
        """A secret as it is now."""
        return self.secrets.get(name, "")

    def keep(self, name: str, text: str) -> None:
        """Take over what replaces a secret."""
        self.secrets[name] = text


def _folder() -> Path:
    return Path(platformdirs.user_config_dir("attribench", appauthor=False))


def _mark(secret: str) -> str:
    """Tells a secret from another one, and nothing of what it is."""
    return hashlib.sha256(secret.encode()).hexdigest()
