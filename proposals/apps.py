from django.apps import AppConfig


class ProposalsConfig(AppConfig):
    name = "proposals"

    def ready(self) -> None:
        from django.conf import settings
        from django.db.models.signals import post_save

        from core import tasklist
        from notifications import effects, wanted
        from programs.extending import EXTENDED
        from programs.queries import register_reason
        from proposals.actions.partnering import LETTER
        from proposals.letters import send_partner_link
        from proposals.queries import calls_by_proposals
        from proposals.receivers import on_deadline_extended, on_endorsement_batch, on_person_saved
        from proposals.tasklist import tasks
        from proposals.wanted import is_wanted

        post_save.connect(on_person_saved, sender=settings.AUTH_USER_MODEL)
        effects.register(EXTENDED, on_deadline_extended)
        effects.register("endorsement-batch", on_endorsement_batch)
        effects.register(LETTER, send_partner_link)
        register_reason(calls_by_proposals)
        tasklist.register(tasks)
        wanted.register("proposals.proposal", is_wanted)
