"""The programme's form on paper of one's own: as a Word template and an Excel budget table, and read back from both.

`plan` says what stands in them, `word` and `excel` write it, `filled` reads it back, `changes` compares it with the
draft. Values are judged by the dossier and the policy, never here, and saved as the form saves them."""
