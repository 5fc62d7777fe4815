"""The report as one page for a browser: what it shows, and how a browser shows it."""
