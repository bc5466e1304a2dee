"""Making of what crible loads: corpus, fit, calibrate, evaluate, publish."""

SEED = 20261125  # of whatever is drawn in training
