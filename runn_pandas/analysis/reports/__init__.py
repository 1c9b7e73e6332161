"""Runn's own reports: its metrics by person or project, any group and period."""
