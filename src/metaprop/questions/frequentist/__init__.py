"""What a frequentist answers, method beside method, as frozen records of numbers.

From the ground up: ``ways`` (how to pool, by name) and ``answers`` (the records); ``pooling`` (one
way, one answer); ``statistics``, ``adjusted`` and ``funnel`` (parts of small-study effects);
``comparison``, ``common_rate``, ``small_study`` and ``moderators`` (one question each);
``analysis`` (one outcome, every question).
"""
