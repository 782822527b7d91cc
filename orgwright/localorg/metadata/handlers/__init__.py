"""What deploying and deleting a component does, by metadata type: one module for each type with behaviour."""
