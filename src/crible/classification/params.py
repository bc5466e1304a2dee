"""Particulars of a label (rubric B.7, « Params »): numbers, perimeters, timings read from the words of the clause."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from crible.classification.folding import fold
from crible.classification.lexicon import Mention
from crible.classification.obligation import Obligation
from crible.classification.segments import Clause

Params = dict[str, Any]
_NUMBERS = {"un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "two": 2, "three": 3, "bi": 2}


def params_of(label: str, clause: Clause, mentions: list[Mention], speech: Obligation) -> Params:
    """What the clause adds to a label; empty when it says no more than the label itself."""
    text = fold(clause.text)
    params: Params = {}
    if (reader := _READERS.get(label)) is not None:
        params |= reader(text, {m.concept for m in mentions})
    if speech.points is not None:
        params["weight"] = speech.points
    if speech.postponed:
        params["timing"] = "during_contract"
    if (exception := re.search(r"\b(sauf|hormis|a l'exception d|excepte|except|unless)\b.{0,120}", text)) is not None:
        params["exception_text"] = clause.text[exception.start() : exception.end()].strip(" .;")
    return params


def _perimeter(text: str) -> str:
    if re.search(r"ensemble des traitements|y compris|toutes? les donnees|l'ensemble des donnees|et (leurs |les )?sauvegard", text):
        return "all"
    if re.search(r"sauvegard|backup", text):
        return "backup"
    return "processing" if re.search(r"traite(ment|es?)\b|process", text) else "storage"


def _location_france(text: str, concepts: set[str]) -> Params:
    territory = "metropole" if re.search(r"metropol|hexagon|mainland", text) else "france_incl_overseas"
    reason = re.search(r"securite publique|secret|defense|pssie|motif|justifi|en raison de|au regard de|compte tenu", text)
    return {"perimeter": _perimeter(text), "territory": territory, "justification_given": reason is not None}


def _location_eu(text: str, concepts: set[str]) -> Params:
    area = "EU_plus_adequate" if "adequate" in concepts else "EEA" if re.search(r"\beee\b|espace economique|\beea\b", text) else "EU"
    return {"perimeter": _perimeter(text), "area": area}


def _sites(text: str, concepts: set[str]) -> Params:
    params: Params = {"n_sites_min": 2}
    if (n := re.search(r"\b(deux|trois|quatre|two|three|bi|\d)[ -]?(sites?|centres?|data|zones?|batiments?|regions?|exemplaires)", text)):
        params["n_sites_min"] = _NUMBERS.get(n.group(1)) or int(n.group(1)) if n.group(1).isdigit() or n.group(1) in _NUMBERS else 2
    if (km := re.search(r"(\d+) ?(km|kilometres)", text)):
        params["distance_km_min"] = int(km.group(1))
    for name, words in (("rpo_h", r"\brpo\b|\bpdma\b"), ("rto_h", r"\brto\b|\bdmia\b")):
        if (hours := re.search(rf"(?:{words})[^.;|]{{0,40}}?(\d+|une|deux|quatre|six) ?(h\b|heures?|hours?)", text)):
            params[name] = _NUMBERS.get(hours.group(1)) or int(hours.group(1))
    if "backup" in concepts and not re.search(r"actif|bascul|repris|replic|active", text):
        params["mode"] = "backup_only"
    return params


def _ops(text: str, concepts: set[str]) -> Params:
    covers = "soc" if re.search(r"\bsoc\b|centre operationnel", text) else "support" if re.search(r"support|astreinte|hotline|assistance", text) else "admin"
    return {"covers": covers}


def _environment(text: str, concepts: set[str]) -> Params:
    return {"has_metric": bool("environment_metric" in concepts or re.search(r"\bpue\b|kwh|co2", text))}


def _hosting(text: str, concepts: set[str]) -> Params:
    perimeter = "backup" if re.search(r"^[^.]{0,60}sauvegard", text) and "operation" not in concepts else "all"
    if re.search(r"\b(itsm|cmdb|outil de ticket|gestion des tickets|outil de supervision|base documentaire|portail de suivi)\b", text):
        perimeter = "service_tools"
    return {"perimeter": perimeter}


def _secnumcloud(text: str, concepts: set[str]) -> Params:
    params: Params = {"or_equivalent": bool(re.search(r"ou (toute |tout )?(\w+ )?equivalent|or (an )?equivalent|equivalen", text))}
    if re.search(r"3[.,]2|v3", text):
        params["version"] = "3.2"
    if "in_progress" in concepts:
        params["timing"] = "in_progress_ok"
    elif re.search(r"remise des offres|a l'appui|au depot|joint|fournir la decision|decision de qualification", text):
        params["timing"] = "at_bid"
    if "self_declared" in concepts:
        params["self_declared"] = True
    params["target"] = "provider" if re.search(r"prestataire (est )?qualifi|hebergeur (est )?qualifi", text) else "service"
    return params


def _trust_label(text: str, concepts: set[str]) -> Params:
    params: Params = {"or_equivalent": bool(re.search(r"equivalent", text))}
    if (seal := re.search(r"seal[ -]?([0-4])", text)):
        level = int(seal.group(1))
        return params | {"scheme": "SEAL", "seal": level, "level": level, "high_tier": level >= 3}
    for scheme, words in (("SEAL", r"souverainete|sovereignty|huit (dimensions|objectifs)|\bseal\b"), ("EUCS", r"eucs|certification europeenne|european cybersecurity"),
                          ("GAIAX", r"gaia"), ("CADA", r"\bcada\b"), ("C5", r"\bc5\b"), ("C3A", r"c3a"), ("CIGREF", "cigref"),
                          ("IRN", r"resilience numerique|\birn\b"), ("ENS", r"\bens\b|esquema"), ("ACN", r"\bacn\b|cybersicurezza")):  # fmt: skip
        if re.search(words, text):
            params["scheme"] = scheme
            break
    if (level_word := re.search(r"niveau (\d)|level (\d)", text)):
        params["level"] = int(level_word.group(1) or level_word.group(2))
    params["high_tier"] = (params.get("scheme"), params.get("level")) in (("GAIAX", 3), ("CADA", 4))
    params["eu_equivalent"] = params.get("scheme") == "EUCS" and bool(re.search(r"eleve|high", text))
    return params


def _immunity(text: str, concepts: set[str]) -> Params:
    laws = [name for name, words in (("CLOUD Act", "cloud act"), ("FISA", "fisa|section 702"), ("Patriot Act", "patriot")) if re.search(words, text)]
    perimeter = "subcontractors" if re.search(r"sous-? ?traitants?|subcontract", text) else "provider"
    return {"names_laws": laws, "perimeter": perimeter, "proof_required": bool(re.search(r"attest|demontr|prouv|justifi|certif", text))}


def _key_control(text: str, concepts: set[str]) -> Params:
    mode = "e2ee" if re.search(r"bout en bout|end.to.end", text) else "byok" if "byok" in text or "bring your own" in text else "hyok"
    return {"mode": mode, "hsm": bool(re.search(r"\bhsm\b|module (materiel|de securite)", text))}


def _disclosure(text: str, concepts: set[str]) -> Params:
    found = []
    if concepts & {"disclose_topic_location"}:
        found.append("location")
    if concepts & {"foreign_law_named", "applicable_law"}:
        found.append("extra_eu_laws")
    if "non_eu" in concepts and re.search(r"acces|transfert|access|transfer", text):
        found.append("extra_eu_access")
    if "authority_request" in concepts and "foreign_authority" in concepts:
        found.append("authority_requests")
    if "subprocessor" in concepts:
        found.append("subcontractors")
    return {"discloses": found} if found else {}


def _autonomy(text: str, concepts: set[str]) -> Params:
    return {
        "open_source": bool(re.search(r"libre|open.?source|source ouverte|\bgpl|eupl|cecill", text)),
        "open_standards": bool(re.search(r"standards?|normes? ouvert|formats? ouvert|api\b|interoperab|interfaces? ouvert", text)),
        "source_or_escrow": bool(re.search(r"sequestre|entiercement|escrow|code source|codes sources|depot des sources|les sources", text)),
        "supply_chain": bool(re.search(r"sbom|nomenclature|composants?|approvisionnement|origine identifiee|supply chain|bill of materials", text)),
    }  # fmt: skip


def _gdpr(text: str, concepts: set[str]) -> Params:
    complete = bool(re.search(r"article 28|instruction|annexe|violation|registre|analyse d'impact|sous-? ?traitant au sens|breach|processor|personnes concernees|delegue", text))
    return {"complete_art28": complete, "roles": "joint" if re.search(r"conjoint|joint controller", text) else "processor"}


def _no_transfer(text: str, concepts: set[str]) -> Params:
    prior = re.search(r"sans (l'|une? )?(accord|autorisation|consentement)|(accord|autorisation|consentement) (ecrite? |expresse? |expres )?prealable|prior (written )?(authori|consent|approv)", text)
    return {"mode": "prior_authorisation" if prior or "prior_consent" in concepts else "banned"}


_HEALTH_CONTEXT = (("medico_social", r"resident|ehpad|medico-? ?social|mdph|usager"), ("occupational", r"medecine (du travail|preventive)|sante des agents|visites? medicales?"),
                   ("research", r"recherche|essais|entrepot|cohorte"), ("other", r"\bpai\b|allergie|regime|scolaire"))  # fmt: skip


def _health(text: str, concepts: set[str]) -> Params:
    return {"context": next((c for c, words in _HEALTH_CONTEXT if re.search(words, text)), "care")}


_CATEGORIES = (("justice", r"penal|parquet|judiciaire|justice|ecrou|greffe|instruction"), ("police", r"police|gendarm|videoprotec|verbalis|enquete"),
               ("tax", r"fisc|impot|imposition|contribuable"), ("children", r"eleve|mineur|enfan|scolaire|child"), ("social", r"aide sociale|\brsa\b|allocataire|securite sociale|\bnir\b|asile|revenus"),
               ("biometric", r"biometri|faciale|empreintes"), ("defence", r"defense|militaire|renseignement"), ("infrastructure", r"ouvrages|surete|vulnerabilites|infrastructures? critiques?"),
               ("business_secret", r"secret des affaires|situation financiere|prets? garanti|aides? (d'etat|aux entreprises)|brevet|company"), ("election", r"elector|vote|election"),
               ("mail", r"messagerie|boites"))  # fmt: skip


def _sensitive(text: str, concepts: set[str]) -> Params:
    return {"category": next((c for c, words in _CATEGORIES if re.search(words, text)), "other")}


def _hds(text: str, concepts: set[str]) -> Params:
    params: Params = {"conditional": bool(re.search(r"\bsi (l'|la |le |les |elle |il )?\w+|le cas echeant|lorsqu|dans l'hypothese|en cas d'hebergement|\bif\b|where the", text))}
    if "in_progress" in concepts:
        params["timing"] = "in_progress_ok"
    elif re.search(r"joint|joindre|a l'appui|remise des offres|fourni|produi|peine d", text):
        params["timing"] = "at_bid"
    if re.search(r"\bagre", text):
        params["version"] = "v1"
    elif (version := re.search(r"\bv(ersion )?([12])\b|referentiel (hds )?v?([12])\b", text)):
        params["version"] = f"v{version.group(2) or version.group(4)}"
    if (activities := re.search(r"activites? (\d)(?: a (\d)| et (\d))?", text)):
        first, last, second = (int(g) if g else None for g in activities.groups())
        params["activities"] = list(range(first or 1, last + 1)) if last else [a for a in (first, second) if a]
    return params


def _subprocessor(text: str, concepts: set[str]) -> Params:
    general = re.search(r"information prealable|informe|autorisation generale|objection|s'opposer|general authori", text)
    return {"approval": "prior_general" if general else "prior_specific", "same_obligations": bool(re.search(r"memes|same obligations|s'impos", text))}


def _reversibility(text: str, concepts: set[str]) -> Params:
    included = re.search(r"sans (surcout|frais|supplement)|(compris|inclus)e?s? dans|a titre gratuit|included|no extra", text)
    unit = re.search(r"prix unitaire|bordereau|bpu|unit price", text)
    return {"priced": "included" if included else "unit_price" if unit else "not_stated", "plan_due": bool(re.search(r"plan", text))}


def _data_return(text: str, concepts: set[str]) -> Params:
    params: Params = {
        "open_format": bool(re.search(r"formats? (\w+ ){0,2}?(ouvert|standard|exploitable|reutilisable|lisible|structure|libre|interoperable)|open(,)? (documented )?format|\bcsv\b|\bxml\b|\bjson\b|\bsql\b", text)),
        "deletion_proof": bool(re.search(r"proces-? ?verbal|certificat|attest|\bpv\b|preuve|certificate", text)),
    }  # fmt: skip
    if (days := re.search(r"(\d+|trente|quinze|soixante|huit) ?(\(\d+\) ?)?(jours|days)", text)):
        words = {"trente": 30, "quinze": 15, "soixante": 60, "huit": 8}
        params["delay_days"] = words.get(days.group(1)) or int(days.group(1))
    return params


def _switching(text: str, concepts: set[str]) -> Params:
    free = re.search(r"aucun|sans frais|gratuit|pas factur|no |free", text)
    return {"charges": "none" if free else "allowed"}


def _nationality(text: str, concepts: set[str]) -> Params:
    if re.search(r"reserve|seul(e|s|es)?\b|uniquement|doit etre|exclus|only|admis|lots? seront attribues", text) and not re.search(r"implant|kilometres|\bkm\b|domicili|agence", text):
        return {"kind": "reservation"}
    if re.search(r"emploi|jobs", text):
        return {"kind": "scored_jobs"}
    scored = re.search(r"point|pts|critere|bonif|not(e|ation)|valoris|apprecie|preference|privileg|favoris", text)
    if scored:
        return {"kind": "scored_proximity" if re.search(r"proximi|implant|local|kilom|departement|territo", text) else "scored_nationality"}
    return {"kind": "presence_requirement"}


def _cloud(text: str, concepts: set[str]) -> Params:
    model = next((m for m in ("saas", "paas", "iaas") if m in text), "unknown")
    return {"service_model": model, "deployment": next((d for w, d in (("prive", "private"), ("public", "public"), ("dedie", "dedicated"), ("hybride", "hybrid")) if w in text), "public")}


def _software(text: str, concepts: set[str]) -> Params:
    hosted = re.search(r"saas|heberge|en ligne|navigateur", text)
    return {"delivery": "saas" if hosted else "on_premise" if re.search(r"serveurs de|installe|on.?premise|licence perpetuelle", text) else "unknown"}


_SERVICE_KINDS = (("tma", r"\btma\b|tierce maintenance|maintenance (applicative|evolutive|corrective)"), ("outsourcing", r"infogerance|exploitation|helpdesk|support utilisateur|assistance (aux )?utilisateur|centre de services"),
                  ("cyber", r"intrusion|cyber|audit de securite"), ("audit", r"audit"), ("amo", r"assistance a maitrise|\bamoa?\b|conseil"), ("training", r"formation"))  # fmt: skip


def _it_services(text: str, concepts: set[str]) -> Params:
    return {"kind": next((k for k, words in _SERVICE_KINDS if re.search(words, text)), "dev")}


def _incidental(text: str, concepts: set[str]) -> Params:
    return {"stores_buyer_data": "yes" if re.search(r"donnees|saisi|reserv|geolocalis|inscri|consult|resultats|trace", text) else "unknown"}


def _hardware(text: str, concepts: set[str]) -> Params:
    return {"cloud_managed": bool(re.search(r"console en ligne|cloud du constructeur|console cloud|pilote\w* depuis le cloud|cloud.managed", text))}


def _buyer_premises(text: str, concepts: set[str]) -> Params:
    internal = re.search(r"cloud (interne|interministeriel|pi\b|de l'etat)|nubo|government cloud", text)
    shared = re.search(r"grades|mutualise|syndicat", text)
    return {"where": "state_internal_cloud" if internal else "shared_public_body" if shared else "buyer_dc"}


_READERS: dict[str, Callable[[str, set[str]], Params]] = {
    "ho_location_france": _location_france, "ho_location_eu": _location_eu, "ho_multi_dc_france": _sites,
    "ho_multi_site": _sites, "ho_ops_location": _ops, "ho_environmental": _environment,
    "ho_hosting_in_scope": _hosting, "ho_buyer_premises": _buyer_premises, "sv_secnumcloud": _secnumcloud,
    "sv_other_trust_label": _trust_label, "sv_extra_eu_immunity": _immunity, "sv_key_control": _key_control,
    "sv_disclosure": _disclosure, "sv_tech_autonomy": _autonomy, "dp_personal_data_terms": _gdpr,
    "dp_no_transfer_outside_eu": _no_transfer, "dp_health_data": _health, "dp_sensitive_data": _sensitive,
    "dp_hds": _hds, "dp_subprocessor_control": _subprocessor, "rv_reversibility": _reversibility,
    "rv_data_return_deletion": _data_return, "rv_switching_terms": _switching,
    "ad_nationality_or_local_preference": _nationality, "ds_cloud_service": _cloud, "ds_software": _software,
    "ds_it_services": _it_services, "ds_incidental": _incidental, "ds_hardware_network": _hardware,
}  # fmt: skip
