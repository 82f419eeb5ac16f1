"""[pure] Names of the attribute tags of a credential's policy.

Source: concordium-base rust-src/concordium_base/src/id/constants.rs and the JavaScript SDK's types.ts.
"""

from __future__ import annotations

from typing import Final

ATTRIBUTE_NAMES: Final = (
    "firstName",
    "lastName",
    "sex",
    "dob",
    "countryOfResidence",
    "nationality",
    "idDocType",
    "idDocNo",
    "idDocIssuer",
    "idDocIssuedAt",
    "idDocExpiresAt",
    "nationalIdNo",
    "taxIdNo",
    "lei",
    "legalName",
    "legalCountry",
    "businessNumber",
    "registrationAuth",
)


def attribute_name(tag: int) -> str:
    """The name of a tag (0..255); a tag newer than this table reads `UNNAMED#<tag>`."""
    if 0 <= tag < len(ATTRIBUTE_NAMES):
        return ATTRIBUTE_NAMES[tag]
    return f"UNNAMED#{tag}"
