"""Each module declares one command, and calls what does its work. A command is imported when it is used."""
