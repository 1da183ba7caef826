"""Sets of pictures: fetched, cut, divided, looked at, described."""
