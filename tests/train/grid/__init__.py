"""Tests of training a grid of latents: tiny networks on made pictures."""
