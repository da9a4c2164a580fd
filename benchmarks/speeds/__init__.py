"""The parts of ``benchmarks/speed.py``: each measures, and shows what was measured."""
