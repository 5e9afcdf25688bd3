"""A whole invented county (样例县): deterministic, messy exports."""
