"""Small vector models of one's own: for small grey pictures of one size, with few weights and little time."""
