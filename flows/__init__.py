"""When: the night, the servers, the mail and the command line."""
