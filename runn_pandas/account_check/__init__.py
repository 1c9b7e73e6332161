"""What works on an account, and which open questions about Runn it settles: ``rp.check``."""
