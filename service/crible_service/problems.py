"""Problems as RFC 9457 wants them: a stable ``type`` with a page that explains it, in French or English.

:func:`problem_of` is the one place where an error of the library becomes an HTTP status.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crible.errors import CribleError
    from crible.reporting.words import Lang

MEDIA_TYPE = "application/problem+json"
# Seconds after which a refused call may come back: the time of a middling tender.
RETRY_AFTER = 10

# Status of the problems that are the service's own; those of the library carry theirs.
_STATUSES = {
    "bad-request": 400,
    "cross-site": 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "upload-interrupted": 408,
    "upload-too-large": 413,
    "too-many-files": 413,
    "multipart-expected": 415,
    "validation": 422,
    "no-file": 422,
    "internal": 500,
    "worker-lost": 500,
    "busy": 503,
    "not-ready": 503,
    "deadline-exceeded": 504,
    "storage-full": 507,
}
# Title, then what it means and what to do. The library's codes stand here too: the page explains every code.
_TEXTS: dict[str, dict[Lang, tuple[str, str]]] = {
    "bad-request": {
        "fr": ("Requête mal formée", "La requête n'a pas pu être comprise. Vérifier le corps envoyé."),
        "en": ("Malformed request", "The request could not be understood. Check the body that was sent."),
    },
    "cross-site": {
        "fr": ("Envoi venu d'un autre site", "Le formulaire doit être envoyé depuis la page de crible elle-même."),
        "en": ("Sent from another site", "The form must be sent from crible's own page."),
    },
    "not-found": {
        "fr": ("Page introuvable", "Cette adresse n'existe pas. La liste des adresses est à la page /docs."),
        "en": ("Not found", "There is nothing at this address. The addresses are listed at /docs."),
    },
    "method-not-allowed": {
        "fr": ("Méthode non admise", "Cette adresse existe, mais n'accepte pas cette méthode HTTP."),
        "en": ("Method not allowed", "This address exists but does not accept this HTTP method."),
    },
    "upload-interrupted": {
        "fr": ("Envoi interrompu", "Les pièces n'ont pas été reçues en entier dans le délai. Les envoyer à nouveau."),
        "en": ("Upload interrupted", "The documents were not fully received in time. Send them again."),
    },
    "upload-too-large": {
        "fr": (
            "Envoi trop volumineux",
            "Les pièces dépassent la taille admise. N'envoyer que les pièces utiles (RC, CCAP, CCTP, AE, annexes), "
            "ou utiliser la commande « crible score ».",
        ),
        "en": (
            "Upload too large",
            "The documents exceed the size allowed. Send only the useful ones, or use the command `crible score`.",
        ),
    },
    "too-many-files": {
        "fr": ("Trop de fichiers", "Réunir les pièces dans un fichier ZIP, ou n'envoyer que les pièces utiles."),
        "en": ("Too many files", "Put the documents in a ZIP file, or send only the useful ones."),
    },
    "multipart-expected": {
        "fr": ("Formulaire attendu", "Les pièces sont attendues en multipart/form-data, dans le champ « files »."),
        "en": ("Form expected", "Documents are expected as multipart/form-data, in the field `files`."),
    },
    "validation": {
        "fr": ("Valeur non admise", "Un champ de la requête n'a pas la forme attendue ; la liste dit lequel."),
        "en": ("Invalid value", "A field of the request is not of the expected form; the list says which."),
    },
    "no-file": {
        "fr": ("Aucun fichier", "Choisir au moins un fichier : les PDF de la consultation, ou son archive ZIP."),
        "en": ("No file", "Choose at least one file: the tender's PDFs, or its ZIP archive."),
    },
    "internal": {
        "fr": ("Erreur interne", "Le service a rencontré une erreur qu'il n'attendait pas. Elle est dans son journal."),
        "en": ("Internal error", "The service met an error it did not expect. It is in the service's log."),
    },
    "worker-lost": {
        "fr": (
            "Lecture interrompue",
            "Le processus de lecture s'est arrêté sur ces pièces ; un autre l'a remplacé. Une pièce est peut-être "
            "endommagée : les envoyer une à une pour trouver laquelle.",
        ),
        "en": (
            "Reading stopped",
            "The reading process stopped on these documents; another has replaced it. One of them may be damaged: "
            "send them one by one to find which.",
        ),
    },
    "busy": {
        "fr": ("Service occupé", "Toutes les places sont prises. Réessayer dans quelques secondes."),
        "en": ("Service busy", "Every place is taken. Try again in a few seconds."),
    },
    "not-ready": {
        "fr": ("Service pas encore prêt", "Le processus de lecture ne répond pas encore. Réessayer bientôt."),
        "en": ("Service not ready", "The reading process does not answer yet. Try again soon."),
    },
    "deadline-exceeded": {
        "fr": (
            "Délai dépassé",
            "La lecture a duré plus que le délai admis et a été arrêtée. Envoyer moins de pièces, ou utiliser la "
            "commande « crible score ».",
        ),
        "en": (
            "Deadline exceeded",
            "Reading took longer than allowed and was stopped. Send fewer documents, or use `crible score`.",
        ),
    },
    "storage-full": {
        "fr": ("Plus de place", "Le service n'a plus de place pour recevoir les pièces."),
        "en": ("No space left", "The service has no space left to receive the documents."),
    },
    "error": {
        "fr": ("Demande impossible", "crible n'a pas pu traiter la demande ; le détail dit pourquoi."),
        "en": ("Cannot be done", "crible could not do what was asked; the detail says why."),
    },
    "usage": {
        "fr": ("Demande mal formulée", "Une option n'est pas admise ; le détail dit laquelle."),
        "en": ("Wrong usage", "An option is not allowed; the detail says which."),
    },
    "input-not-found": {
        "fr": ("Pièce introuvable", "Une pièce demandée n'existe pas."),
        "en": ("Input not found", "A document that was asked for does not exist."),
    },
    "unreadable-input": {
        "fr": ("Aucune pièce lisible", "Rien n'a pu être lu dans les pièces envoyées."),
        "en": ("Nothing readable", "Nothing could be read in the documents sent."),
    },
    "empty-input": {
        "fr": ("Pièces vides", "Les fichiers envoyés sont vides, ou l'archive ne contient rien à lire."),
        "en": ("Empty input", "The files sent are empty, or the archive holds nothing to read."),
    },
    "unsupported-media": {
        "fr": ("Format non lu", "Le contenu n'est pas d'un type que crible lit, quel que soit le nom du fichier."),
        "en": ("Unsupported format", "The content is not of a kind that crible reads, whatever the file's name."),
    },
    "encrypted-document": {
        "fr": ("Document protégé", "Le document ou l'archive demande un mot de passe."),
        "en": ("Protected document", "The document or archive asks for a password."),
    },
    "damaged-document": {
        "fr": ("Document endommagé", "Le document est tronqué ou corrompu."),
        "en": ("Damaged document", "The document is truncated or corrupt."),
    },
    "archive-too-large": {
        "fr": ("Limite dépassée", "L'archive ou le document dépasse les limites de lecture (taille, pages, niveaux)."),
        "en": ("Limit exceeded", "The archive or document is beyond the reading limits (size, pages, nesting)."),
    },
    "configuration": {
        "fr": ("Configuration non chargée", "Une politique, un modèle ou un réglage du service ne se charge pas."),
        "en": ("Configuration not loaded", "A policy, model or setting of the service cannot be loaded."),
    },
    "policy-not-found": {
        "fr": ("Politique inconnue", "Aucune politique de ce nom, de cette version ou en vigueur à cette date."),
        "en": ("Unknown policy", "No policy of that name, of that version or in force at that date."),
    },
}
CODES = tuple(_TEXTS)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that is wrong: where it stands, a stable code, and a sentence per language."""

    pointer: str
    code: str
    fr: str
    en: str


class Problem(Exception):
    """Anything that ends a request without its answer. ``fr`` and ``en`` are the particulars of this occurrence."""

    def __init__(
        self, code: str, fr: str = "", *, en: str = "", status: int | None = None,
        errors: Sequence[FieldError] = (), retry_after: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(code, fr)
        self.code = code
        self.details: dict[Lang, str] = {"fr": fr, "en": en or fr}
        self.status = status or _STATUSES[code]
        self.errors = tuple(errors)
        self.retry_after = RETRY_AFTER if retry_after is None and self.status == 503 else retry_after

    def headers(self) -> dict[str, str]:
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}

    def body(self, lang: Lang, instance: str) -> dict[str, Any]:
        """The members of RFC 9457, in ``lang``."""
        title, about = explain(self.code, lang)
        data: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "title": title,
            "status": self.status,
            "detail": self.details[lang] or about,
            "instance": instance,
            "lang": lang,
            "errors": [
                {"pointer": e.pointer, "code": e.code, "message": e.fr if lang == "fr" else e.en} for e in self.errors
            ],
        }
        if self.retry_after is not None:
            data["retry_after"] = self.retry_after
        return data

    def to_plain(self) -> dict[str, Any]:
        """What crosses from a worker to the service; :meth:`from_plain` is its inverse (field errors stay behind)."""
        return {"code": self.code, "status": self.status, "fr": self.details["fr"], "en": self.details["en"]}

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> Problem:
        return cls(str(data["code"]), str(data["fr"]), en=str(data["en"]), status=int(data["status"]))


def problem_of(error: CribleError) -> Problem:
    """An error of the library as a problem: the one place where its ``http_status`` is read."""
    # What the library says, then the advice of its class; advice about commands is of no use in a browser.
    said = {lang: " ".join(filter(None, [_sentence(str(error)), _advice(error, lang)])) for lang in ("fr", "en")}
    code = error.code if error.code in _TEXTS else "error"
    return Problem(code, said["fr"], en=said["en"], status=error.http_status)


def explain(code: str, lang: Lang) -> tuple[str, str]:
    """``(title, what it means and what to do)``. Raises KeyError for a code that no problem has."""
    return _TEXTS[code][lang]


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def _advice(error: CribleError, lang: str) -> str:
    text = error.advice.get(lang, "")
    return "" if "crible " in text else text
