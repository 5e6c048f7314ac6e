"""Programmes, their policies as data, and the calls that narrow them.

Owns the dossier (the plain picture of an application) and the clauses that judge it."""
