"""A model that stays loaded: the server, its client, and what travels between them."""
