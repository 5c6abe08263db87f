"""A person's data as examples: pairs of texts, or texts of their own."""
