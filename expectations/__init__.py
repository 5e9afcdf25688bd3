"""What must be: targets, judging and findings."""
