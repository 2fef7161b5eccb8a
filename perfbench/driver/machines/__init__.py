"""Workers on other machines: an agent there starts them, and their messages cross on TCP."""
