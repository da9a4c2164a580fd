"""What aecodec promises under attack, damage and failure, tried many times over: ``python -m tests.trust``."""
