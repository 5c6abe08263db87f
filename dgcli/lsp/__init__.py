"""The language server, for editors. Only `server` and `messages` know its protocol, and the package pygls."""
