"""Place names to positions on the earth, and the way between two of them; offline."""
