"""A plan as people and programs read it: one Sheet, and a printer for each form.

Every printer is a pure function `print_X(sheet, …) -> str`; nothing that comes from a file is obeyed by
whoever shows it.
"""
