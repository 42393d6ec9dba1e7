"""The regression gate: rules, checks, verdict, and the accepted reports it compares with."""
