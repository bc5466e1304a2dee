"""The words of the page that shows a reading, in French and English. Codes are worded in the message files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crible.reporting.words import Lang

if TYPE_CHECKING:
    from crible.types import BlockKind

# One letter per kind, drawn in each frame: a colour never tells a kind alone.
LETTERS: dict[Lang, dict[BlockKind, str]] = {
    "fr": {
        "heading": "T", "paragraph": "P", "list_item": "L", "table_row": "R", "footnote": "N", "furniture": "H",
    },
    "en": {
        "heading": "H", "paragraph": "P", "list_item": "L", "table_row": "R", "footnote": "N", "furniture": "F",
    },
}  # fmt: skip
WORDS: dict[Lang, dict[str, str]] = {
    "fr": {
        "title": "Lecture de {name}",
        "skip": "Aller aux pièces",
        "lead": "Ce que crible a lu, dessiné sur les pages : chaque cadre est un bloc, sa lettre dit sa nature, son "
        "numéro sa place dans l'ordre de lecture de la page. Un texte sans cadre n'a pas été lu.",
        "ocr_engine": "Pages numérisées reconnues par {engine}.",
        "documents": "Pièces",
        "no_role": "autre pièce",
        "nothing_read": "non lu",
        "legend": "Montrer",
        "order": "ordre de lecture",
        "picture": "image de la page",
        "legend_note": "Hors texte : en-têtes, pieds de page et sommaires. Le trait relie les autres blocs dans "
        "l'ordre de lecture. Cadre en pointillés : bloc reconnu sur une page numérisée. Un bloc qui se poursuit sur "
        "une autre page est numéroté sur sa première page ; sa suite y porte « … » et un cadre en tirets. Page "
        "hachurée : non lue.",
        "role": "Rôle",
        "lot": "Lot",
        "document_title": "Titre",
        "date": "Date",
        "language": "Langue",
        "language_unknown": "non reconnue",
        "read": "Lecture",
        "page_links": "Pages montrées de la pièce {n}",
        "page": "Page {page}",
        "page_labelled": "Page {page} (imprimée « {label} »)",
        "page_unread": "Non lue : {reason}",
        "unread_word": "non lue",
        "shown_some": "{shown} pages montrées sur {total} ({ranges}). Pour les autres : --pages {others}, ou "
        "--pages all.",
        "shown_one": "1 page montrée sur {total} ({ranges}). Pour les autres : --pages {others}, ou --pages all.",
        "shown_none": "Aucune de ses {total} pages n'est montrée. Pour les voir : --pages {others}, ou --pages all.",
        "blocks_some": "{shown} premiers blocs montrés sur {total}. Pour tous les voir : --pages all.",
        "not_drawn": "Image absente : {reason}.",
        "changed": "le fichier a changé depuis la lecture",
        "frames": "Page {page} : {n} blocs dans l'ordre de lecture",
        "image": "Image de la page {page}",
        "skip_frames": "Passer les cadres de la page {page}",
        "list": "Blocs de la page {page}",
        "list_all": "Blocs de la pièce {n}",
        "no_block": "Aucun bloc sur cette page.",
        "no_block_file": "Aucun bloc.",
        "no_box": "sans cadre",
        "section": "section : {path}",
        "no_section": "hors section",
        "spans": "pages {first} à {last}",
        "columns": "colonnes : {header}",
        "piece": "pièce : {role}",
        "spoken": "langue : {language}",
        "rest": "suite de {label}, page {page}",
    },
    "en": {
        "title": "Reading of {name}",
        "skip": "Skip to the documents",
        "lead": "What crible has read, drawn on the pages: each frame is a block, its letter tells its kind, its "
        "number its place in the reading order of the page. A text without a frame was not read.",
        "ocr_engine": "Scanned pages recognised by {engine}.",
        "documents": "Documents",
        "no_role": "other document",
        "nothing_read": "unread",
        "legend": "Show",
        "order": "reading order",
        "picture": "page image",
        "legend_note": "Furniture: headers, footers and tables of contents. The line joins the other blocks in "
        "reading order. Dotted frame: block recognised on a scanned page. A block that goes on over another page is "
        "numbered on its first page; its continuation there has “…” and a dashed frame. Hatched page: unread.",
        "role": "Role",
        "lot": "Lot",
        "document_title": "Title",
        "date": "Date",
        "language": "Language",
        "language_unknown": "not recognised",
        "read": "Reading",
        "page_links": "Pages shown of document {n}",
        "page": "Page {page}",
        "page_labelled": "Page {page} (printed “{label}”)",
        "page_unread": "Unread: {reason}",
        "unread_word": "unread",
        "shown_some": "{shown} pages shown of {total} ({ranges}). For the others: --pages {others}, or --pages all.",
        "shown_one": "1 page shown of {total} ({ranges}). For the others: --pages {others}, or --pages all.",
        "shown_none": "None of its {total} pages is shown. To see them: --pages {others}, or --pages all.",
        "blocks_some": "First {shown} blocks shown of {total}. To see them all: --pages all.",
        "not_drawn": "No image: {reason}.",
        "changed": "the file has changed since it was read",
        "frames": "Page {page}: {n} blocks in reading order",
        "image": "Image of page {page}",
        "skip_frames": "Skip the frames of page {page}",
        "list": "Blocks of page {page}",
        "list_all": "Blocks of document {n}",
        "no_block": "No block on this page.",
        "no_block_file": "No block.",
        "no_box": "without frame",
        "section": "section: {path}",
        "no_section": "outside any section",
        "spans": "pages {first} to {last}",
        "columns": "columns: {header}",
        "piece": "document: {role}",
        "spoken": "language: {language}",
        "rest": "continuation of {label}, page {page}",
    },
}


def word(key: str, lang: Lang, **values: Any) -> str:
    """A phrase of the page."""
    return WORDS[lang][key].format(**values)
