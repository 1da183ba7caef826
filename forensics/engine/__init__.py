"""Runs a map over many pictures and reduces: the floor that joins files to arithmetic."""
