"""The smoke test of a deployment: what is there, who may do what, a thousand marked events through it."""
