"""Assessment in, text out: one module per format. Nothing here decides; it only says what was decided."""
