"""Can a model be trusted with these studies? Checks of the fit and of the prior, as records.

``statistics`` (what is looked at in a table), ``replicated`` (tables that the model makes),
``left_out`` (each study against the others), ``uniformity`` (are PIT values even?),
``information`` (a prior in patients), ``verdict`` (in words), ``checking`` (the door); ``answers``
has the records.
"""
