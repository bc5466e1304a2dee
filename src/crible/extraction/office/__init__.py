"""Office files, mail and spreadsheets into Documents: one module per format, one shape of blocks for all."""
