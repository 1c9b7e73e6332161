"""One HTTP exchange with the Runn API, done right."""
