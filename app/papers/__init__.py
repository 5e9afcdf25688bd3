"""Documents that a person signs: notices, the rectification ledger, the sheet for a visit."""
