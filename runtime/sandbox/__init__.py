"""Walls around hostile code: one small interface, one backend a module."""
