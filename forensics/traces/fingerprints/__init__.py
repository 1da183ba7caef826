"""What all pictures of one source have in common, and whether one picture has it."""
