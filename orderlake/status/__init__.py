"""How a stack is, on one screen."""
