"""Theory's predictions: plain and wired mean field, fixed points, the phase plane, gains."""
