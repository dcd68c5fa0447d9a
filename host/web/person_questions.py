"""What is asked before something is done to a person."""

from __future__ import annotations

from host.api.values import N_, Text
from host.storage.granting import Listed

from .people_words import Question
from .shell import say

TITLES: dict[str, Text] = {
    "disable": N_("Disable %(user_id)s?"),
    "enable": N_("Enable %(user_id)s?"),
    "sessions": N_("Sign %(user_id)s out everywhere?"),
    "reset": N_("Reset %(user_id)s?"),
}
EFFECTS: dict[str, tuple[Text, ...]] = {
    "disable": (
        N_("The account can no longer sign in, and is signed out everywhere at once."),
        N_("Its name, roles and history stay. It can be enabled again."),
    ),
    "enable": (N_("The account can sign in again as before, with the roles it has."),),
    "sessions": (
        N_("Every browser is signed out at once; what was typed there and not sent is lost."),
        N_("Links that would sign the account in once are void."),
    ),
    "reset": (
        N_("The password is forgotten, and every browser is signed out."),
        N_("You are shown a link, once, that signs the account in within an hour. Pass it on in person."),
        N_("The second factor stays as it is."),
    ),
}
KEEP: dict[str, Text] = {
    "disable": N_("Keep it enabled"),
    "enable": N_("Keep it disabled"),
    "sessions": N_("Keep the sessions"),
    "reset": N_("Keep the password"),
}
GO: dict[str, Text] = {
    "disable": N_("Disable %(user_id)s"),
    "enable": N_("Enable %(user_id)s"),
    "sessions": N_("Sign %(user_id)s out"),
    "reset": N_("Reset %(user_id)s"),
}


def question(person: Listed, what: str) -> Question:
    """The question about *what* is to be done to *person*: a key of `TITLES`."""
    account = person.account
    back = f"/people/{account.number}"

    def about(text: Text) -> str:
        return say(Text(id=text.id, args={"user_id": account.user_id}) if "%(" in text.id else text)

    return Question(
        title=about(TITLES[what]),
        effects=[about(each) for each in EFFECTS[what]],
        action=f"{back}/{what}",
        back=back,
        keep=about(KEEP[what]),
        go=about(GO[what]),
        fields={},
    )
