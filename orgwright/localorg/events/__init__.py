"""Platform events: publishing, the event bus, replay."""
