"""Timesheets of other tools against Runn's actuals."""
