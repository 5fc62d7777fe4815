"""Figures: rows are prepared by pure functions, then drawn; matplotlib is known only in here."""
