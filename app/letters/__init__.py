"""Letters, return slips and receipts."""
