"""The Streaming API: CometD (Bayeux) at ``/cometd/XX.0``, long polling."""
