"""Mid-term evaluation: drawn by lot or inspected, answered, concluded (A27 A28)."""
