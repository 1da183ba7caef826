"""One verdict on one picture: evidence, signs, causes, a score, and what it has to stand."""
