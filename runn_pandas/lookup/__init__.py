"""Names and ids: what the lists of an account call a record, and which record a name means."""
