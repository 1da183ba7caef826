"""Sets of pictures as folders: cut, divided, looked at, described."""
