"""Innocent makers of bands and lattices, each by evidence of its own: codecs, cameras, screens."""
