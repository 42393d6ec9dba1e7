"""What makes a model: run configurations, families, tracking, export."""
