"""What a service needs to use a model: artifacts, mentions, the tagging pipeline; and nothing that trains one."""
