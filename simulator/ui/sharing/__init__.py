"""Share: links with locks, and QR codes."""
