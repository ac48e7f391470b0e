"""The settings of casemanager; those that every service has are in `chassis.settings`."""

from typing import Annotated

from msgspec import Meta

from casemanager.files.scanner import ScannerUrl
from chassis.blobs import BlobUrl
from chassis.settings import BaseUrl, SecretKey, Settings


class CaseManagerSettings(Settings, frozen=True, kw_only=True):
    """What casemanager needs beside the common settings."""

    public_url: Annotated[BaseUrl, Meta(description="Where people reach Portico; links in messages begin with it.")]
    sealing_public_key: Annotated[SecretKey, Meta(description="Seals links on their way to notifications.")]
    blob_url: Annotated[
        BlobUrl, Meta(description="Where files are kept: `file:///folder`, or `s3://bucket?endpoint=…&region=…`.")
    ]
    scanner_url: Annotated[
        ScannerUrl, Meta(description="The clamd that scans files: `tcp://host:3310`, or `unix:///path`; empty: none.")
    ] = ScannerUrl("")
    scanner_max_bytes: Annotated[
        int, Meta(ge=1, description="The least of clamd's limits: longer files go into quarantine unscanned.")
    ] = 110 * 1024 * 1024
