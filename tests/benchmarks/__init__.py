"""What it costs: time, requests and memory, beside what a user would write instead."""
