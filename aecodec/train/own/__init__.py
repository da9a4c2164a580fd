"""A model of one's own: the general models, fine-tuned on a collection and stored as what differs from them."""
