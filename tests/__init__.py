"""Tests. Those that run beside others, or on a busy machine, have one BLAS thread each: two would wait for a second.

Nothing is remembered between them: what proves a model must not find that it was proved before.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # before NumPy is imported
os.environ["AECODEC_CACHE"] = "off"
