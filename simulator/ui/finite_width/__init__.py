"""Finite width: hundreds of networks of one kind."""
