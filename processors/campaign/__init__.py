"""The entity campaign (and programme): publishing versions, and how every partition adopts them."""
