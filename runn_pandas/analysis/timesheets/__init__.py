"""What other tools export of the time that was logged in them."""
