"""Published numbers held against the evidence.

From the ground up: ``records`` (what a check found); ``settings`` (every way to pool, in words) and
``shape`` (the scales a line can be symmetric on); ``space`` (all answers to one table of counts);
``matching`` (which of them a line shows); ``line``, ``typing_errors``, ``zero_events``,
``reconstruction``, ``relations`` and ``tables`` (the checks); ``counted`` and ``uncounted`` (those
of one claim); ``auditing`` (all of a data set); ``rehearsal`` (how often the checks raise a false
alarm, and find what is wrong). A check compares numbers. It knows no reasons, and accuses nobody.
"""
