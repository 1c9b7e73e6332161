"""What makes the pages of the site that come from the code, and checks the built ones."""
