"""These modules are at work before anything that takes time is imported, and import next to nothing."""
