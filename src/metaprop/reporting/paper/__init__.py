"""The figures and tables of a published review, made again from the stored evidence."""
