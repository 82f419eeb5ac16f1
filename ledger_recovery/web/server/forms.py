"""A form's body as fields, read strictly. Recovery words in any field refuse the whole form; nothing of it is kept."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from ledger_recovery.web.run.actions import BadForm, WordsTyped
from ledger_recovery.web.run.words_guard import SECRET_FIELDS, refusal_of

MAX_FORM: Final = 64 * 1024
MAX_FIELDS: Final = 40


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form, each once. Recovery words in any of them (but the words page's own) refuse it whole.

    :raises BadForm: not a form of ours. :raises WordsTyped: see words_guard.
    """
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, strict_parsing=True, max_num_fields=MAX_FIELDS)
    except (ValueError, UnicodeDecodeError):
        pairs = [] if not body else [("", "")]
    fields = dict(pairs)
    if len(fields) != len(pairs) or "" in fields:
        raise BadForm("this form cannot be read", "reload the page")
    for name, text in fields.items():
        reason = "" if name in SECRET_FIELDS else refusal_of(text)
        if reason:
            raise WordsTyped(reason, "if somebody asked you for these words, stop: nobody who helps you needs them")
    return fields
