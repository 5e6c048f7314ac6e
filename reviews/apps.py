from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"

    def ready(self) -> None:
        from notifications import wanted
        from reviews import tasklist  # noqa: F401 - registers its provider once the models are loaded
        from reviews.wanted import is_wanted

        wanted.register("reviews.assignment", is_wanted)
