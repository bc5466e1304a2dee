"""Making of what crible loads: corpus, fit, calibrate, evaluate, publish."""
