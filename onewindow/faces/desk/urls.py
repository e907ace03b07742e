"""The addresses of the desk, below /desk/."""

from django.urls import path

from onewindow.faces.desk import account, cards, casepage, clockview, documents, doing, exits, finding, intake, work
from onewindow.faces.desk import told as told_pages
from onewindow.faces.desk.catalogue import changes as change_pages
from onewindow.faces.desk.hall import bookings, check, guide, panel
from onewindow.faces.desk.hall import doing as hall_doing
from onewindow.faces.desk.voice import complaintnew as complaint_new
from onewindow.faces.desk.voice import complaints as complaint_pages
from onewindow.faces.desk.voice import issues as issue_pages
from onewindow.faces.desk.voice import knowledge as knowledge_pages
from onewindow.faces.desk.voice import questions as question_pages
from onewindow.faces.desk.voice import ratingfigures as rating_figures
from onewindow.faces.desk.voice import ratings as rating_pages

urlpatterns = [
    path("", work.work, name="desk"),
    path("search/", finding.find, name="desk-search"),
    path("intake/", intake.pick, name="desk-intake"),
    path("intake/done/<str:number>/", intake.done, name="desk-intake-done"),
    path("intake/<str:key>/", intake.intake, name="desk-intake-form"),
    path("intake/<str:key>/help/", intake.intake_help, name="desk-intake-help"),
    path("intake/<str:key>/preview.pdf", intake.intake_pdf, name="desk-intake-pdf"),
    path("hall/", panel.hall_panel, name="desk-hall"),
    path("hall/do/<str:verb>/", hall_doing.hall_do, name="desk-hall-do"),
    path("hall/intake/", hall_doing.begin_intake, name="desk-hall-intake"),
    path("hall/guide/", guide.guide_desk, name="desk-guide"),
    path("hall/guide/ticket/", guide.give, name="desk-guide-give"),
    path("hall/guide/ticket/<str:code>/", guide.given, name="desk-guide-given"),
    path("hall/guide/ticket/<str:code>/priority/", guide.prioritise, name="desk-guide-priority"),
    path("hall/guide/check/<str:key>/", check.check, name="desk-guide-check"),
    path("hall/guide/check/<str:key>/list/", check.take_along, name="desk-guide-list"),
    path("hall/guide/appointments/", bookings.today, name="desk-bookings"),
    path("hall/guide/appointments/new/", bookings.enter, name="desk-bookings-new"),
    path("hall/guide/appointments/<str:code>/<str:verb>/", bookings.change, name="desk-bookings-do"),
    path("ratings/", rating_pages.ratings, name="desk-ratings"),
    path("ratings/figures/", rating_figures.shown, name="desk-rating-figures"),
    path("ratings/figures/rows/", rating_figures.rows, name="desk-rating-rows"),
    path("ratings/figures.csv", rating_figures.download, name="desk-rating-csv"),
    path("ratings/codes/", rating_pages.codes, name="desk-rating-codes"),
    path("ratings/<str:number>/", rating_pages.rating, name="desk-rating"),
    path("ratings/<str:number>/contact/", rating_pages.contact, name="desk-rating-contact"),
    path("exit/", exits.exit_desk, name="desk-exit"),
    path("exit/ready/", exits.make_ready, name="desk-exit-ready"),
    path("exit/couriers/", exits.couriers, name="desk-exit-couriers"),
    path("complaints/", complaint_pages.complaints, name="desk-complaints"),
    path("complaints/new/", complaint_new.new, name="desk-complaint-new"),
    path("complaints/<str:number>/", complaint_pages.complaint, name="desk-complaint"),
    path("complaints/<str:number>/files/<uuid:pk>/", complaint_pages.file, name="desk-complaint-file"),
    path("complaints/<str:number>/unmask/", complaint_pages.unmask, name="desk-complaint-unmask"),
    path("complaints/<str:number>/slip/", complaint_new.slip, name="desk-complaint-slip"),
    path("issues/", issue_pages.issues, name="desk-issues"),
    path("issues/<str:number>/", issue_pages.issue, name="desk-issue"),
    path("issues/<str:number>/take-in/", issue_pages.take_in, name="desk-issue-take-in"),
    path("changes/", change_pages.changes, name="desk-changes"),
    path("changes/new/", change_pages.new, name="desk-change-new"),
    path("changes/<str:number>/", change_pages.change, name="desk-change"),
    path("changes/<str:number>/edit/", change_pages.edit, name="desk-change-edit"),
    path("account/", account.account, name="desk-account"),
    path("account/posting/", account.switch, name="desk-account-posting"),
    path("account/password/", account.password, name="desk-account-password"),
    path("account/token/", account.token, name="desk-account-token"),
    path("cards/", cards.cards, name="desk-cards"),
    path("cards/<str:number>/", cards.card, name="desk-card"),
    path("notices/", told_pages.notices, name="desk-notices"),
    path("notices/settings/", told_pages.settings, name="desk-notice-settings"),
    path("questions/", question_pages.questions, name="desk-questions"),
    path("questions/new/", question_pages.new, name="desk-questions-new"),
    path("questions/beside/", question_pages.beside, name="desk-questions-beside"),
    path("questions/<str:number>/", question_pages.question, name="desk-question"),
    path("questions/<str:number>/notice/", question_pages.notice, name="desk-question-notice"),
    path("questions/<str:number>/propose/", question_pages.propose, name="desk-question-propose"),
    path("knowledge/", knowledge_pages.entries, name="desk-knowledge"),
    path("knowledge/new/", knowledge_pages.new, name="desk-knowledge-new"),
    path("knowledge/<int:pk>/", knowledge_pages.entry, name="desk-knowledge-entry"),
    path("cases/<str:number>/", casepage.case_page, name="desk-case"),
    path("cases/<str:number>/clock/", clockview.clock_page, name="desk-case-clock"),
    path("cases/<str:number>/events/", clockview.events_page, name="desk-case-events"),
    path("cases/<str:number>/unmask/", casepage.unmask, name="desk-case-unmask"),
    path("cases/<str:number>/do/<str:action>/", doing.do, name="desk-case-do"),
    path("cases/<str:number>/do/<str:action>/preview.pdf", doing.preview_pdf, name="desk-case-preview"),
    path("cases/<str:number>/papers/<int:pk>.pdf", documents.paper_pdf, name="desk-case-paper"),
    path("cases/<str:number>/papers/<int:pk>/", documents.paper_text, name="desk-case-paper-text"),
    path("cases/<str:number>/files/<uuid:pk>/", documents.stored_file, name="desk-case-file"),
]
