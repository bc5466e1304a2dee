"""Products named by a clause: imposed, spoken to, an example, already there, or another thing (rubric E.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crible.classification.named_products import named_products

Read = Callable[..., dict[str, dict[str, Any]]]
EXPOSED, BRAND = "ad_named_exposed_provider", "ad_brand_no_equivalent"


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("L'application est hébergée sur Microsoft Azure.", "ms_azure"),
        ("Le portail est déployé dans l'abonnement Azure de la ville.", "ms_azure"),
        ("Fourniture de 200 licences Microsoft 365.", "ms_365"),
        ("Les environnements sont construits sur Amazon Web Services.", "aws"),
    ],
)
def test_an_exposed_service_imposed_is_operative(read: Read, text: str, entity: str) -> None:
    found = read(text)
    assert found[EXPOSED]["effect"] == "operative"
    assert found[EXPOSED]["params"]["entity_id"] == entity
    assert found[EXPOSED]["probability"] >= 0.8
    assert BRAND in found


@pytest.mark.parametrize(
    "text",
    [
        "Le nuancier comporte un bleu azure et un gris.",
        "La signal lumineux de la chaudière est remplacé.",
        "Le badge est remis dans une box en carton.",
        "Les plis sont déposés sur AWS-Achat.",
        "Écrire à contact@aws-exemple.fr pour la visite.",
        "Voir l'article 13.1.1 du CCAG.",
        "La solution est hébergée sur le cloud Pi du ministère.",
    ],
)
def test_an_ordinary_word_an_address_or_a_state_cloud_is_no_product(read: Read, text: str) -> None:
    assert not {EXPOSED, BRAND} & read(text).keys()


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("L'intranet actuel fonctionne sous SharePoint Online.", {}),
        ("Les boîtes sont hébergées sur Microsoft 365.", {"section": "existing_system"}),
        ("La solution doit s'interfacer avec Microsoft 365.", {}),
        ("Les comités se tiennent dans l'espace Microsoft Teams du projet.", {}),
        ("Suite bureautique de type Microsoft 365 ou équivalent.", {}),
    ],
)
def test_what_is_there_spoken_to_or_an_example_is_not_operative(read: Read, text: str, about: dict[str, str]) -> None:
    found = read(text, **about)
    assert found[EXPOSED]["effect"] == "non_operative"
    assert BRAND not in found


def test_a_prohibited_product_is_not_imposed(read: Read) -> None:
    assert EXPOSED not in read("Les échanges par WhatsApp sont interdits.")


def test_a_french_brand_is_restricted_too_and_exposes_to_nothing(read: Read) -> None:
    found = read("La messagerie instantanée sera Olvid.")
    assert found[BRAND]["params"]["origin"] == "french"
    assert EXPOSED not in found


def test_the_longest_name_at_a_place_wins() -> None:
    assert [m.words for m in named_products("déployé sur Amazon Web Services")] == ["Amazon Web Services"]


def test_the_service_named_says_what_is_bought(read: Read) -> None:
    assert read("Fourniture de 200 licences Microsoft 365.")["ds_collab_messaging"]["strength"] == "mandatory"
