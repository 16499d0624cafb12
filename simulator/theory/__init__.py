"""What theory predicts: plain and wired mean field, fixed points, the phase plane, gains."""
