"""JPEG from pixels: where its grid begins, what its quality was, whether it came twice."""
