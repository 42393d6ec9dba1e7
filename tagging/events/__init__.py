"""Tagged articles to event records: who did what to whom, when, from where to where."""
