"""Frequentist answers."""
