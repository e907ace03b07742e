"""The desk's way of showing any matter of any loop: a bad rating, a complaint, a question, an issue, a card.

A room writes a `MatterFace` (face.py) and two short views; see `matter.answer` and `listing.listing`.
"""
