"""The link between two events: what is written and what is verified are computed here alone."""

import hashlib
from datetime import UTC

import rfc8785

from audit.models import Event


def link_hash(event: Event) -> str:
    """SHA-256 over the canonical JSON of everything the event says, its predecessor's hash included."""
    return hashlib.sha256(
        rfc8785.dumps(
            {
                "tenant": event.tenant_id,
                "seq": event.seq,
                "at": event.at.astimezone(UTC).isoformat(),
                "actor": event.actor_id,
                "action": event.action,
                "subject": f"{event.subject_type}:{event.subject_id}",
                "from": event.from_state,
                "to": event.to_state,
                "reason": event.reason,
                "data": event.data,
                "prev": event.prev_hash,
            }
        )
    ).hexdigest()
