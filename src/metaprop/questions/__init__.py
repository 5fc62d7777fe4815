"""What is asked of a posterior: the room between the engines and what is printed."""
