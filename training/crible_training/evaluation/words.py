"""French words of the report."""

from __future__ import annotations

from typing import Any

# Figures of the headline in the order of the table: French name, and what it says.
HEADLINE: dict[str, tuple[str, str]] = {
    "macro_f1": ("F1 macro", "moyenne sur les étiquettes qui ont des positifs"),
    "micro_f1": ("F1 micro", "toutes les décisions clause × étiquette"),
    "micro_precision": ("Précision micro", ""),
    "micro_recall": ("Rappel micro", ""),
    "macro_f1_with_empty": ("F1 macro, classe vide comprise", "« rien à trouver » compte comme une étiquette"),
    "micro_f1_with_empty": ("F1 micro, classe vide comprise", "un segment sans étiquette laissé vide est un succès"),
    "exact_match": ("Segments tout justes", "toutes les étiquettes, aucune en trop"),
    "macro_aupr": ("AUPR macro", "aire sous la courbe précision–rappel, moyenne des étiquettes"),
    "keyword_free_recall": ("Rappel sans mot-clé", "positifs où aucun mot usuel de l’étiquette ne figure"),
    "strength_accuracy": ("Force juste", "quand l’étiquette est juste"),
    "effect_accuracy": ("Effet juste", "étiquettes contraires, quand l’étiquette est juste"),
    "actor_accuracy": ("Acteur juste", "quand l’étiquette est juste"),
    "false_per_1000": ("Fausses trouvailles pour 1 000 segments ordinaires", "segments sans aucune étiquette"),
    "adverse_precision": ("Précision, étiquettes contraires", "un faux blocage est pire qu’un oubli"),
    "adverse_recall": ("Rappel, étiquettes contraires", ""),
    "ece": ("ECE, toutes les décisions", "écart moyen entre probabilité et part juste, 15 classes égales"),
    "ece_decided": ("ECE, trouvailles", "la même chose sur les seules étiquettes données"),
    "sure_share": ("Trouvailles à 0,80 ou plus", "part utilisée sans relecture"),
    "sure_precision": ("Précision à 0,80 ou plus", ""),
    "band_segments": ("Segments à relire", "au moins une trouvaille entre 0,50 et 0,80"),
}
CANDIDATES = {
    "cascade": "cascade", "ensemble": "ensemble", "encoder": "encodeur", "linear": "linéaire", "patterns": "motifs",
    "keywords": "mots-clés", "majority": "majorité",
}  # fmt: skip
SETS = {"corpus": "Familles du corpus", "gold": "Segments annotés de vrais marchés"}
VERDICTS = {
    "met": "atteinte",
    "met_within_noise": "atteinte, mais l’intervalle déborde",
    "missed_within_noise": "manquée, mais l’intervalle l’atteint",
    "missed": "manquée",
    "unknown": "non mesurable",
}
TRAITS = {
    "register": "Registre", "part": "Pièce", "language": "Langue", "length": "Longueur (caractères)", "shape": "Forme",
    "oblique": "Formulation oblique", "trap": "Piège", "ambiguous": "Ambigu", "keyword": "Mots-clés",
}  # fmt: skip
CLASSES = {
    "yes": "oui", "no": "non", "with": "présents", "without": "absents", "60": "60 ou moins", "61-120": "61 à 120",
    "121-240": "121 à 240", "241": "plus de 240", "state": "État", "hospital": "hôpital", "operator": "opérateur",
    "local_large": "grande collectivité", "local_small": "petite collectivité", "eu_institution": "institution de l’UE",
    "sentence": "phrase", "paragraph": "paragraphe", "bullet": "puce", "table_row": "ligne de tableau",
    "question": "question", "tick_box": "case à cocher", "heading": "titre", "other": "autre", "fr": "français",
    "en": "anglais", "de": "allemand", "es": "espagnol", "it": "italien", "nl": "néerlandais",
}  # fmt: skip
GROUPS = {
    "digital_scope": "Périmètre numérique", "hosting": "Hébergement", "sovereignty": "Souveraineté",
    "data_protection": "Protection des données", "reversibility": "Réversibilité", "adverse": "Clauses contraires",
}  # fmt: skip
HOW = {
    "mandatory": "obligatoire", "scored": "notée", "desirable": "souhaitée", "informative": "informative",
    "operative": "opérante", "non_operative": "non opérante", "contractor": "titulaire", "bidder": "candidat",
    "buyer": "acheteur", "law": "loi", "unknown": "inconnu", "none": "rien",
}  # fmt: skip
PERTURBATIONS = {
    "no_accents": "sans accents", "ocr_noise": "bruit d’OCR (2 % des caractères)", "upper_case": "capitales",
    "hyphenation": "césures (« héberge- ment »)", "hyphen_lost": "césures, trait perdu (« héberge ment »)",
    "no_heading": "sans titre au-dessus",
}  # fmt: skip
KINDS = {"false": "En trop", "missed": "Manquées", "how": "Force ou effet faux"}


def number(value: float | None, places: int = 3) -> str:
    """With a decimal comma; a dash where nothing can be measured."""
    return "–" if value is None else f"{value:.{places}f}".replace(".", ",")


def places_of(figure: str) -> int:
    """Decimals that are worth showing."""
    return 1 if figure == "false_per_1000" else 3


def target(at: str, value: float) -> str:
    return f"{'≥' if at == 'least' else '≤'} {f'{value:g}'.replace('.', ',')}"


def candidate(name: str) -> str:
    return CANDIDATES.get(name, name)


def bounds(figure: dict[str, Any], places: int = 3) -> str:
    """« [0,412 ; 0,498] », empty without an interval."""
    if figure["low"] is None:
        return ""
    return f"[{number(figure['low'], places)} ; {number(figure['high'], places)}]"
