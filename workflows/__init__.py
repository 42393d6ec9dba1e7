"""Jobs that tie training and evaluation together; only the command line imports them."""
