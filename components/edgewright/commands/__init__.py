"""The command line: one file a command; each calls the floors in order and prints."""
