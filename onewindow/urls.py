"""Which face answers which address (interfaces.md, "Pages")."""

from django.urls import URLPattern, URLResolver, include, path

from onewindow.faces.api.problems import missing

handler400 = "onewindow.faces.api.problems.bad_request"
handler500 = "onewindow.server.middleware.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("onewindow.server.urls")),
    path("", include("onewindow.faces.design.urls")),
    path("desk/", include("onewindow.faces.desk.urls")),
    path("manage/", include("onewindow.faces.manage.urls")),
    path("board/", include("onewindow.faces.board.urls")),
    path("screens/", include("onewindow.faces.screens.urls")),
    path("kiosk/", include("onewindow.faces.kiosk.urls")),
    path("api/v1/", include("onewindow.faces.api.urls")),
    path("api/", missing, name="api-missing"),
    path("api/<path:rest>", missing),
    path("", include("onewindow.faces.portal.urls")),
]
