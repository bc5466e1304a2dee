"""The routes for programs, over real HTTP, with the library's own scoring."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

import crible
from crible.scoring.policy import list_policies

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    File = Callable[..., tuple[str, tuple[str, bytes, str]]]


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 50  # enough of a picture to be taken for one


def pdf(*lines: str) -> bytes:
    """A PDF of one page with these lines."""
    from reportlab.pdfgen.canvas import Canvas

    target = io.BytesIO()
    canvas = Canvas(target)
    for i, line in enumerate(lines):
        canvas.drawString(72, 760 - 20 * i, line)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def test_score_answers_the_assessment_of_the_library(
    service: httpx.Client, text_file: File, tmp_path: Path, cctp: str
) -> None:
    from crible.reporting.json import assessment_to_dict

    path = tmp_path / "CCTP.txt"
    path.write_text(cctp, encoding="utf-8")
    answer = service.post("/v1/score", files=[text_file()])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == assessment_to_dict(crible.score(path))
    assert {"ho_location_france", "sv_secnumcloud"} <= set(answer.json()["labels"])


def test_score_reads_a_pdf_and_cites_its_page_and_box(service: httpx.Client) -> None:
    pytest.importorskip("crible.extraction.pdf", reason="the PDF reader is not there yet")
    quote = "Le titulaire doit héberger les données exclusivement en France."
    data = pdf("CAHIER DES CLAUSES TECHNIQUES PARTICULIÈRES", "", "Article 5 - Hébergement", "", quote)
    answer = service.post("/v1/score", files=[("files", ("CCTP.pdf", data, "application/pdf"))]).json()
    evidence = next(f["evidence"] for f in answer["findings"] if f["label"] == "ho_location_france")
    assert (evidence["document"], evidence["page"], evidence["quote"]) == ("CCTP.pdf", 1, quote)
    assert evidence["bbox"][0] == pytest.approx(72, abs=2)
    assert answer["coverage"] == {"pages": 1, "pages_read": 1, "unread": []}


def test_score_opens_a_zip_as_one_tender(service: httpx.Client, cctp: str) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("Pièces/CCTP.txt", cctp)
        archive.writestr(
            "Pièces/RC.txt", "Règlement de la consultation\n\nLe marché est passé en appel d'offres ouvert."
        )
    answer = service.post("/v1/score", files=[("files", ("DCE.zip", target.getvalue()))]).json()
    assert [d["path"] for d in answer["documents"]] == ["DCE.zip!/Pièces/CCTP.txt", "DCE.zip!/Pièces/RC.txt"]
    assert answer["tender"]["name"] == "DCE.zip"


def test_score_twice_gives_the_same_answer(service: httpx.Client, text_file: File) -> None:
    first, second = (service.post("/v1/score", files=[text_file()]).json() for _ in range(2))
    assert first == second


def test_the_options_of_the_form_reach_the_library(service: httpx.Client, text_file: File) -> None:
    options = {"policy": "fr-etat", "as_of": "2026-05-01", "buyer": "state", "name": "Marché nº 4"}
    answer = service.post("/v1/score", files=[text_file()], data=options).json()
    assert answer["policy"]["id"] == "fr-etat"
    assert answer["policy"]["as_of"] == "2026-05-01"
    assert answer["tender"]["buyer"]["class"] == "state"
    assert answer["tender"]["name"] == "Marché nº 4"


@pytest.mark.parametrize(
    ("option", "status", "code"),
    [
        ({"policy": "fr-etoile"}, 404, "policy-not-found"),
        ({"policy": "seed", "as_of": "1999-01-01"}, 404, "policy-not-found"),
        ({"as_of": "demain"}, 422, "validation"),
        ({"buyer": "nobody"}, 400, "usage"),
        ({"polices": "seed"}, 422, "validation"),
    ],
)
def test_a_wrong_option_is_a_problem(
    service: httpx.Client, text_file: File, option: dict[str, str], status: int, code: str
) -> None:
    answer = service.post("/v1/score", files=[text_file()], data=option)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{code}")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("vide.pdf", b"", 422),
        ("pieces.rar", b"Rar!\x1a\x07\x01\x00" + b"\0" * 50, 415),
        ("vide.zip", b"PK\x05\x06" + b"\0" * 18, 422),
    ],
)
def test_files_of_which_nothing_can_be_read_are_a_problem(
    service: httpx.Client, name: str, content: bytes, status: int
) -> None:
    answer = service.post("/v1/score", files=[("files", (name, content))])
    assert answer.status_code == status
    assert name in answer.json()["detail"]
    assert "/tmp" not in answer.text


def test_one_unreadable_file_does_not_stop_the_others(service: httpx.Client, text_file: File) -> None:
    answer = service.post("/v1/score", files=[text_file(), ("files", ("photo.png", PNG))])
    assert answer.status_code == 200
    assert [u["document"] for u in answer.json()["coverage"]["unread"]] == ["photo.png"]


def test_policies_are_listed_and_shown_at_a_date(service: httpx.Client) -> None:
    listed = service.get("/v1/policies").json()["policies"]
    assert [(p["id"], p["version"]) for p in listed] == [(p.id, p.version) for p in list_policies()]
    assert service.get("/v1/policies/fr-etat").json()["version"] == list_policies()[2].version
    old = service.get("/v1/policies/fr-etat", params={"as_of": "2026-05-01"}).json()
    assert (old["id"], old["version"]) == ("fr-etat", "2026.1")
    assert service.get("/v1/policies/fr-etat@2026.1").json()["version"] == "2026.1"


@pytest.mark.parametrize(
    ("address", "status"), [("nothing", 404), ("seed@1", 404), ("seed?as_of=1999-01-01", 404), ("seed?as_of=x", 422)]
)
def test_a_policy_that_does_not_exist_is_a_problem(service: httpx.Client, address: str, status: int) -> None:
    answer = service.get(f"/v1/policies/{address}")
    assert (answer.status_code, answer.json()["status"]) == (status, status)


def test_models_are_listed_with_their_versions(service: httpx.Client, text_file: File) -> None:
    listed = {m["id"]: m["version"] for m in service.get("/v1/models").json()["models"]}
    used = service.post("/v1/score", files=[text_file()]).json()["models"]
    assert used.items() <= listed.items()


def test_the_probes_answer(service: httpx.Client) -> None:
    assert service.get("/healthz").json() == {"status": "ok"}
    ready = service.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"ready": True, "checks": {"policies": True, "worker": True, "temporary_folder": True}}
    assert service.get("/version").json() == {"software": crible.__version__, "schema_version": "1.0"}


def test_openapi_describes_every_route_and_its_body(service: httpx.Client) -> None:
    described = service.get("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert list(described["paths"]) == [
        "/v1/score", "/v1/policies", "/v1/policies/{policy}", "/v1/models", "/healthz", "/readyz", "/version",
    ]  # fmt: skip
    body = described["paths"]["/v1/score"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert body["required"] == ["files"]
    answer = service.post("/v1/score", files=[("files", ("a.txt", b"Le titulaire doit livrer."))]).json()
    schema = described["paths"]["/v1/score"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert set(schema["required"]) <= set(schema["properties"]) & set(answer)
    assert set(schema["properties"]) <= set(answer)


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [("GET", "/v1/nothing", 404), ("GET", "/nothing", 404), ("GET", "/v1/score", 405), ("DELETE", "/", 405)],
)
def test_an_address_or_method_that_does_not_exist_is_a_problem(
    service: httpx.Client, method: str, address: str, status: int
) -> None:
    answer = service.request(method, address)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert set(body) >= {"type", "title", "status", "detail", "instance", "errors"}
    assert service.get(body["type"]).status_code == 200
    assert ("allow" in answer.headers) == (status == 405)


def test_a_problem_speaks_the_language_of_the_reader(service: httpx.Client) -> None:
    assert service.get("/v1/x").json()["title"] == "Page introuvable"
    assert service.get("/v1/x", headers={"accept-language": "en"}).json()["title"] == "Not found"


@pytest.mark.parametrize("address", ["/", "/healthz", "/v1/nothing", "/static/crible.css", "/v1/policies"])
def test_every_answer_has_a_request_id_and_the_security_headers(service: httpx.Client, address: str) -> None:
    headers = service.get(address).headers
    assert len(headers["x-request-id"]) == 32
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(("sent", "kept"), [("order-66.a", True), ("a b", False), ("x" * 65, False), ("é", False)])
def test_a_request_id_is_kept_when_it_is_plain_and_short(service: httpx.Client, sent: str, kept: bool) -> None:
    answer = service.get("/v1/nothing", headers={"x-request-id": sent.encode()})
    assert (answer.json()["instance"] == sent) is kept
    assert answer.json()["instance"] == answer.headers["x-request-id"]


def test_a_form_sent_from_another_site_is_refused(service: httpx.Client, text_file: File) -> None:
    for address in ("/", "/v1/score"):
        answer = service.post(address, files=[text_file()], headers={"sec-fetch-site": "cross-site"})
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/cross-site")
    assert service.post("/v1/score", files=[text_file()], headers={"sec-fetch-site": "same-origin"}).is_success


@pytest.mark.parametrize("address", ["/docs", "/"])
def test_no_page_fetches_anything_from_elsewhere(service: httpx.Client, address: str) -> None:
    import re

    found = re.findall(r"(?:src|href|action)=\"([^\"]+)\"", service.get(address).text)
    assert found
    assert [link for link in found if not link.startswith(("/", "#")) or link.startswith("//")] == []
