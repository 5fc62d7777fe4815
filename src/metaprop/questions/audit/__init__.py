"""Published numbers held against the evidence.

From the ground up: ``records`` (what a check found); ``settings`` (every way to pool, in words) and
``shape`` (the scales a line can be symmetric on); ``space`` (all answers to one table of counts);
``matching`` (which of them a line shows); ``vectors``, ``halves``, ``walking`` and
``reconstruction`` (which counts may be behind one); ``counted``, ``predicted``, ``uncounted``,
``symmetry`` and ``plausible`` (checks of one line); ``relations``, ``tables``, ``quality`` and
``eligibility`` (those of lines and tables together); ``auditing`` (all of a data set); ``printing``
and ``rehearsal`` (how often the checks raise a false alarm, and find an error that was put there:
``docs/audit_rehearsal.md``). A check compares numbers. It knows no reasons, and accuses nobody.
"""
