"""What the examples and labels are: records, codebooks, importers, splits, datasets, corpus."""
