"""The web service: all that knows Flask. Requests are read and checked, routes answer, pages show it to people."""
