"""A changed frame back to Runn: planned, previewed, in few requests, with nothing lost."""
