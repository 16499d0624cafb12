"""Code and report: the network to take away."""
