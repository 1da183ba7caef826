"""The page: the same answers in a browser of this computer, and nothing leaves it."""
