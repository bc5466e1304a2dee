"""``crible serve``: the service on a port, registered by the entry-point group ``crible.commands``."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Annotated, cast

import typer

if TYPE_CHECKING:
    from crible.reporting.words import Lang


def serve(
    host: Annotated[str, typer.Option(help="Adresse d'écoute ¦ Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port (0 : un port libre) ¦ Port (0: a free one)")] = 8080,
    workers: Annotated[int, typer.Option(min=1, help="Processus de lecture ¦ Reading processes")] = 1,
    max_upload_mib: Annotated[
        int, typer.Option(min=1, help="Taille admise par envoi, en Mio ¦ Size allowed per upload, in MiB")
    ] = 50,
    lang: Annotated[
        str, typer.Option(metavar="fr|en", envvar="CRIBLE_LANG", help="Langue par défaut ¦ Default language")
    ] = "fr",
) -> None:
    """Ouvre le service et sa page de lecture ¦ Open the service and its reading page."""
    import uvicorn

    from crible_service.app import create_app
    from crible_service.settings import MIB, Settings

    settings = Settings(workers=workers, max_upload=max_upload_mib * MIB, lang=cast("Lang", lang))
    if not is_loopback(host):
        typer.echo(
            f"Attention : {host} est ouvert au réseau et le service n'a pas encore de contrôle d'accès."
            if lang == "fr"
            else f"Warning: {host} is open to the network and the service has no access control yet.",
            err=True,
        )
    # server_header: which software answers helps only those who look for a hole in it.
    uvicorn.run(
        create_app(settings),
        host=host,
        port=port,
        log_level="info",
        access_log=False,  # file names and addresses of visitors stay out of logs
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=5,
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``; a name other than localhost may lead anywhere."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def main() -> None:
    """``python -m crible_service``, the same command without the library's own."""
    typer.run(serve)
