"""What is assumed: priors, and the models that carry them. Mirrors ``models/``; knows no data."""
