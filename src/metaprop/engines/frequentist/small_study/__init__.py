"""Small-study effects: whether small studies differ from large ones, and what would follow.

Asymmetry of a funnel of single-arm proportions is no evidence of selection: estimate and standard
error are functions of the same count, and corrected empty cells lean to one side by themselves.
"""
