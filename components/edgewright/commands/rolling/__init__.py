"""What `promote`, `rollback` and `status` share: a fleet with its rings, who follows a rollout, and what is told."""
