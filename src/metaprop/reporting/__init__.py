"""Answers on paper: an ``Analysis`` becomes ``results/<data set>/``, and is read back."""
