"""The HTTP service: requests in, batches to the artifacts, answers out."""
