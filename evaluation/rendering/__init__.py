"""What people read: the HTML page, Markdown, plots, and tables for papers."""
