"""Numbers of the identity attributes on the chain (concordium-node-sdk-js packages/sdk/src/types.ts)."""

from __future__ import annotations

_NAMES = (
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

ATTRIBUTE_TAGS = {name: tag for tag, name in enumerate(_NAMES)}
PERSON_TAGS = range(13)
"""The attributes that a person's identity commits to: all up to taxIdNo."""

MAX_ATTRIBUTE_BYTES = 31
