"""How few tokens each trainer's vocabulary makes of text that it has not seen: `python -m bench compression`."""
