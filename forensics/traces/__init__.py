"""What a process leaves in the pixels: pure functions from arrays to arrays or results.

Nothing here knows a file, a plot or a clock.
"""
