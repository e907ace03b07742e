from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "onewindow.catalogue"
    label = "catalogue"

    def ready(self) -> None:
        from onewindow.catalogue.changes import moves as changes_moves  # noqa: F401 - its rules register
