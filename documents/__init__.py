"""Files by hash, checks of uploads, rendering to PDF, signing and verification.

Knows bytes, templates and keys; what a document means is known to the apps above."""
