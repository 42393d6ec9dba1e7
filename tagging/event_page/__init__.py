"""The page that shows tagged articles: text with spans, event table, map."""
