"""Training: schemes and wirings side by side."""
