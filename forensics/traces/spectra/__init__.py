"""Spectra of pictures and of sets: power, residuals, autocorrelation, harmonic grids."""
