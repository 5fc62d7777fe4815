"""One thread for this process. Import before NumPy, which reads the number when it is loaded."""

from __future__ import annotations

import os

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

os.environ.update(dict.fromkeys(THREADS, "1"))
