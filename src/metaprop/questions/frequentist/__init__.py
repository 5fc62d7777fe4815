"""What a frequentist answers, method beside method, as frozen records of numbers.

From the ground up: ``ways`` (how to pool, by name) and ``answers`` (the records); ``pooling`` (one
way, one answer).
"""
