"""The model families; the tagged union FamilyConfig is their only registry."""
