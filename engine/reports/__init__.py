"""Client reports: figures frozen at a moment, and the documents made of them."""
