"""Text of a cell -> value, or CellError with a sentence for the clerk. The one door to every reader; all are pure.

A reader takes the cell's text and either returns or raises CellError, nothing else. Whether an empty cell is allowed
is for the caller to decide first, with `is_empty`.
"""

from __future__ import annotations

from warehouse.cell_codes import read_citizen_id, read_credit_code, read_document_number, read_phone
from warehouse.cell_dates import read_date, read_timestamp, read_year
from warehouse.cell_headers import header_forms, header_money_unit, normalise_header, period_in_title
from warehouse.cell_numbers import MoneyUnit, Qualifier, read_decimal, read_integer, read_qualified, read_yuan
from warehouse.cell_stated import read_metric, read_stated_text
from warehouse.cell_text import (
    CellError,
    clean_text,
    is_empty,
    read_code,
    read_flag,
    read_identifier,
    read_name,
    read_several,
    read_text,
)

__all__ = [
    "CellError",
    "MoneyUnit",
    "Qualifier",
    "clean_text",
    "header_forms",
    "header_money_unit",
    "is_empty",
    "normalise_header",
    "period_in_title",
    "read_citizen_id",
    "read_code",
    "read_credit_code",
    "read_date",
    "read_decimal",
    "read_document_number",
    "read_flag",
    "read_identifier",
    "read_integer",
    "read_metric",
    "read_name",
    "read_phone",
    "read_qualified",
    "read_several",
    "read_stated_text",
    "read_text",
    "read_timestamp",
    "read_year",
    "read_yuan",
]
