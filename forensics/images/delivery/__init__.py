"""What happens to a picture on its way, done on purpose: steps, chains, simulated layers."""
