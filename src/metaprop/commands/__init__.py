"""What a command does: read, analyse, write. One function for each."""
