"""The page: a look at pictures in a browser, served by this computer to itself alone."""
