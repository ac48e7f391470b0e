"""What people read of files."""

from collections.abc import Mapping

from portal.core.i18n import N_

KINDS: Mapping[str, str] = {
    "LETTER_OF_INSTRUCTION": N_("Letter of instruction"),
    "MEDICAL_RECORDS": N_("Medical records"),
    "IMAGING": N_("X-rays and other images"),
    "CONSENT": N_("Consent"),
    "OTHER_PAPERWORK": N_("Something else"),
}
STATES: Mapping[str, str] = {
    "RECEIVED": N_("Waits to be checked for viruses"),
    "SCANNING": N_("Is being checked for viruses"),
    "CLEAN": N_("Ready to be sent"),
    "QUARANTINED": N_("Held back"),
    "DELETED": N_("Deleted"),
}
"""Of one that was not sent."""
VERDICTS: Mapping[str, str] = {
    "NOTHING_FOUND": N_("Checked for viruses, nothing found."),
    "FOUND": N_("The check found something harmful in it."),
    "ENCRYPTED": N_("It is locked with a password, so it could not be checked."),
    "BEYOND_LIMITS": N_("It is too large or too deeply packed to be checked."),
    "NOT_SCANNED": N_("Nobody checked it for viruses."),
}
FOUND: Mapping[str, str] = {
    "an Excel workbook": N_("an Excel workbook"),
    "a JPEG image": N_("a JPEG image"),
    "a PNG image": N_("a PNG image"),
    "a TIFF image": N_("a TIFF image"),
    "a plain text": N_("a plain text"),
    "an RTF document": N_("an RTF document"),
    "a Windows program": N_("a Windows program"),
    "a program": N_("a program"),
    "a script": N_("a script"),
    "a GIF image": N_("a GIF image"),
    "an encrypted document, or one of an old version of Office": N_(
        "an encrypted document, or one of an old version of Office"
    ),
    "a RAR archive": N_("a RAR archive"),
    "a 7-Zip archive": N_("a 7-Zip archive"),
    "a gzip archive": N_("a gzip archive"),
    "an empty ZIP archive": N_("an empty ZIP archive"),
    "a split ZIP archive": N_("a split ZIP archive"),
    "an SVG image": N_("an SVG image"),
    "an HTML page": N_("an HTML page"),
    "a file with markup": N_("a file with markup"),
    "a file of an unknown kind": N_("a file of an unknown kind"),
    "a file with a ZIP archive at its end": N_("a file with a ZIP archive at its end"),
    "a damaged ZIP archive": N_("a damaged ZIP archive"),
    "a ZIP archive with too many entries": N_("a ZIP archive with too many entries"),
    "an encrypted ZIP archive": N_("an encrypted ZIP archive"),
    "a ZIP archive that no Office has written": N_("a ZIP archive that no Office has written"),
    "a document with macros": N_("a document with macros"),
    "a Java archive (JAR)": N_("a Java archive (JAR)"),
    "an OpenDocument file": N_("an OpenDocument file"),
    "a ZIP archive": N_("a ZIP archive"),
    "a ZIP archive that inflates too far": N_("a ZIP archive that inflates too far"),
}
"""What casemanager says that a refused file is."""
