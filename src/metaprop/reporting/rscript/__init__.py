"""The main analysis as a script in R, with its data and the numbers to expect."""
