"""Whole sheets: several figures of one result, laid out to be understood at a glance."""
