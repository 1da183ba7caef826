"""The score from many labelled pictures: measured, delivered, fitted."""
