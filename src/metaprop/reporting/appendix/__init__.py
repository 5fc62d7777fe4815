"""The methods appendix: one document of typed records, written in five formats."""
