"""Users, profiles, permission sets and the rights that follow from them."""
