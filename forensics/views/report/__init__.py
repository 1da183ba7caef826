"""Reports: one file of HTML that explains itself, for a desk, a mailbox, an archive, a paper."""
