"""What people and programs look at: figures, sentences and JSON, made from results."""
