"""How a score does on sets it never saw, and what else tells two sets apart."""
