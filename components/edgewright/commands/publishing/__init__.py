"""What `publish` and `verify` share: a fleet with its shipment, keys, and how both are told."""
