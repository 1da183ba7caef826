"""Where the bytes of a picture come from: files, archives, servers, and lists of these."""
