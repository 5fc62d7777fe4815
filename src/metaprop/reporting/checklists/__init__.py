"""Checklists of reporting, filled from what stands in a folder of results."""
