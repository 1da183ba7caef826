"""Regions of a picture whose traces are other ones than those of the rest."""
