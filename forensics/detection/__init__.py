"""What the traces mean: causes, verdicts, and how sure they are."""
