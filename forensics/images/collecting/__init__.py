"""Pictures from addresses that give a new one each time, fetched politely and kept as they are."""
