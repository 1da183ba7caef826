"""What scores are worth: counted shares, accuracy, likelihood ratios, each with its interval."""
