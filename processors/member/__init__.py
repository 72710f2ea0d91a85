"""The entity member: its receipts and their reversal, donations, code activations and segments."""
