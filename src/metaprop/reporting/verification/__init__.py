"""Numbers that stand in a folder of results, held against numbers that were made anew."""
