"""The web door onto crible."""
