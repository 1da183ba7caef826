"""Commands that get a set of pictures together: fetch, cut, divide, look, describe."""
