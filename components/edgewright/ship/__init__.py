"""Effects: what was rendered and found right leaves the program here, and nowhere else."""
