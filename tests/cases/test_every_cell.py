"""Every cell of (state, action): an independent table says which moves exist; the database refuses the rest."""

from __future__ import annotations

import pytest

from onewindow.cases.actions import perform
from onewindow.cases.lifecycle import Action, NoSuchMove, State, target
from onewindow.cases.models import Case, CaseEvent
from onewindow.people.authority import SYSTEM
from onewindow.problems import InvalidInput, NotNow
from tests.cast import Cast

# Written by hand from shared rules on the case, not derived from the code: state -> action and where it leads
# ("." = the state stays). What is not written here must be refused.
EXPECTED = {
    "draft": "submit:submitted receive:received withdraw:withdrawn recompute:.",
    "submitted": "return_for_completion:draft receive:received give_notice:correcting deem_accepted:accepted "
    "find_not_required:not_required refuse_acceptance:acceptance_refused withdraw:withdrawn urge:. recompute:.",
    "received": "correct_on_spot:. give_notice:correcting accept:accepted accept_deferred:accepted "
    "deem_accepted:accepted find_not_required:not_required refuse_acceptance:acceptance_refused withdraw:withdrawn "
    "urge:. recompute:.",
    "correcting": "supply:received withdraw:withdrawn deem_withdrawn:deemed_withdrawn recompute:.",
    "accepted": "dispatch:. return_dispatch:. transfer:. assist:. answer_assist:. sign:examining extend:. "
    "decide:decided withdraw:withdrawn deem_withdrawn:deemed_withdrawn terminate:terminated forward:forwarded "
    "supply_deferred:. reassign:. urge:. recompute:.",
    "examining": "transfer:accepted assist:. answer_assist:. pass_step:. send_back_step:. open_procedure:. "
    "close_procedure:. extend:. decide:decided withdraw:withdrawn deem_withdrawn:deemed_withdrawn "
    "terminate:terminated forward:forwarded supply_deferred:. reassign:. urge:. recompute:.",
    "decided": "issue:issuing make_ready:ready supply_deferred:. check_commitment:. urge:. recompute:. revoke:revoked",
    "issuing": "make_ready:ready supply_deferred:. check_commitment:. urge:. recompute:. revoke:revoked",
    "ready": "hand_out:delivered send_by_courier:. confirm_delivery:delivered deliver_electronically:delivered "
    "supply_deferred:. check_commitment:. urge:. recompute:. revoke:revoked",
    "delivered": "check_commitment:. archive:archived recompute:. revoke:revoked",
    "archived": "check_commitment:. recompute:. revoke:revoked",
    "not_required": "recompute:.",
    "acceptance_refused": "recompute:.",
    "withdrawn": "recompute:.",
    "deemed_withdrawn": "recompute:.",
    "terminated": "recompute:.",
    "forwarded": "recompute:.",
    "revoked": "recompute:.",
}
TABLE = {
    state: {action: state if to == "." else to for action, to in (cell.split(":") for cell in row.split())}
    for state, row in EXPECTED.items()
}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("action", list(Action))
def test_a_move_exists_exactly_where_the_rules_say(state: State, action: Action) -> None:
    expected = TABLE[state].get(action)
    if expected is None:
        with pytest.raises(NoSuchMove):
            target(state, action)
    else:
        assert target(state, action) == expected


@pytest.mark.parametrize("state", list(State))
def test_the_database_refuses_every_other_move_and_stays_as_it_was(cast: Cast, state: State) -> None:
    case = cast.walk_to(state)
    before = Case.objects.filter(pk=case.pk).values().get()
    refused = [action for action in Action if action not in TABLE[state]]
    for action in refused:
        with pytest.raises(NotNow) as refusal:
            perform(case, action, by=SYSTEM)
        assert case.state_label in refusal.value.title
    assert len(refused) == len(Action) - len(TABLE[state])
    assert Case.objects.filter(pk=case.pk).values().get() == before
    assert CaseEvent.objects.filter(case=case).count() == before["version"]


def test_an_action_that_does_not_exist_is_named_in_the_refusal(cast: Cast) -> None:
    with pytest.raises(InvalidInput, match="没有「fly」这个操作"):
        perform(cast.receive(), "fly", by=SYSTEM)
