"""What a service needs to use a model, and nothing that trains one."""
