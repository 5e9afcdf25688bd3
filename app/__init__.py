"""To people: the oversight view, letters and every text in both languages."""
