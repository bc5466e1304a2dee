"""One tree of errors. Each class carries the exit code, the HTTP status and the advice that every door shows."""

from __future__ import annotations

from typing import ClassVar


class CribleError(Exception):
    """Something crible cannot do, said in words a user can act on.

    ``code`` names the problem for machines (the last part of an RFC 9457 ``type``); ``exit_code`` and
    ``http_status`` are read at exactly one place per door; ``advice`` says what to try, by language.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 3
    http_status: ClassVar[int] = 500
    advice: ClassVar[dict[str, str]] = {"fr": "", "en": ""}


class UsageError(CribleError):
    """The call itself is wrong: unknown option value, no path given, path that does not exist."""

    code = "usage"
    exit_code = 2
    http_status = 400
    advice = {"fr": "Voir « crible --help ».", "en": "See `crible --help`."}


class InputNotFound(UsageError):
    """A path that does not exist."""

    code = "input-not-found"
    http_status = 404
    advice = {"fr": "Vérifier le chemin du fichier.", "en": "Check the path of the file."}


class UnreadableInput(CribleError):
    """A file from which nothing can be read. Raised for one file, it never stops the others."""

    code = "unreadable-input"
    exit_code = 3
    http_status = 422
    advice = {
        "fr": "Ouvrir le fichier pour vérifier qu'il n'est pas endommagé, puis le fournir à nouveau.",
        "en": "Open the file to check that it is not damaged, then provide it again.",
    }


class EmptyInput(UnreadableInput):
    """A file of zero bytes, or an archive or folder that holds nothing readable."""

    code = "empty-input"
    advice = {"fr": "Fournir les pièces du dossier (PDF, ZIP).", "en": "Provide the pieces of the tender (PDF, ZIP)."}


class UnsupportedMedia(UnreadableInput):
    """The content is not of a kind that crible reads, whatever the file's name says."""

    code = "unsupported-media"
    http_status = 415
    advice = {"fr": "Convertir la pièce en PDF.", "en": "Convert the piece to PDF."}


class EncryptedDocument(UnreadableInput):
    """A document or archive that asks for a password."""

    code = "encrypted-document"
    advice = {"fr": "Fournir une copie sans mot de passe.", "en": "Provide a copy without a password."}


class DamagedDocument(UnreadableInput):
    """A truncated or corrupt document that the reader refuses."""

    code = "damaged-document"


class LimitExceeded(UnreadableInput):
    """An archive or document beyond the stated limits (entries, size, ratio, nesting, pages)."""

    code = "archive-too-large"
    http_status = 413
    advice = {
        "fr": "Scinder l'archive ou fournir les pièces utiles.",
        "en": "Split the archive or send the useful pieces.",
    }


class ConfigurationError(CribleError):
    """A policy, model or setting that cannot be loaded."""

    code = "configuration"
    exit_code = 4
    http_status = 500
    advice = {"fr": "Voir « crible doctor ».", "en": "See `crible doctor`."}


class PolicyNotFound(ConfigurationError):
    """No policy of that name, or none in force at that date."""

    code = "policy-not-found"
    http_status = 404
    advice = {"fr": "Voir « crible policy list ».", "en": "See `crible policy list`."}
