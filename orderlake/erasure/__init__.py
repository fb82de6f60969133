"""Forgets a person everywhere in the lake, with a receipt."""
