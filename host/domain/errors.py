"""What can go wrong in the host itself.

HostError
├── ConfigurationError     a setting or file of the operator is not usable; exit status 2
├── RejectedError          a plugin is not admitted; carries the reasons
├── PluginFault            a plugin raised or answered what it must not; carries the plugin and an error id
├── RunnerFaultError       a plugin failed in its runner; carries the traceback there
├── SignInError            user id and password do not match, or the link is used up
│   ├── OpenIdError        an identity provider did not vouch for somebody; carries what to say and the reason
│   └── PendingOverError   the second factor came too late, or too often a wrong one
├── ThrottledError         there were too many attempts; carries how long to wait
└── ClosedError            the person may not be here now; carries who says so and why
"""

from __future__ import annotations

from host.api.banners import Banner
from host.api.values import Text


class HostError(Exception):
    """The root of the host's errors."""


class ConfigurationError(HostError):
    """A setting or a file of the operator is not usable; the text says what was expected."""


class RejectedError(HostError):
    """A plugin cannot be admitted.

    Args:
        reason: What is wrong with it, in a sentence for whoever looks after it.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class PluginFault(HostError):  # noqa: N818 - a fault is what the ledger counts; it is not always an error
    """A plugin failed while it was called.

    Args:
        plugin: Whose fault it is.
        error_id: What the person sees and the log knows, such as ``E-7Q4M-2K9D``.
        trace: The traceback, for administrators.
    """

    def __init__(self, plugin: str, error_id: str, trace: str) -> None:
        self.plugin, self.error_id, self.trace = plugin, error_id, trace
        super().__init__(f"{plugin}: {error_id}")


class RunnerFaultError(HostError):
    """A plugin failed in its runner.

    Args:
        trace: The traceback there.
    """

    def __init__(self, trace: str) -> None:
        self.trace = trace
        super().__init__(trace.strip().rpartition("\n")[2])


class SignInError(HostError):
    """Signing in failed. It does not say whether the account exists."""


class PendingOverError(SignInError):
    """The second factor came too late, or too often a wrong one: the first has to be given again."""


class OpenIdError(SignInError):
    """An identity provider did not vouch for somebody, or for nobody who may sign in here.

    Args:
        reason: Why, in a word or two for the audit log and the operator, such as ``nonce``.
        text: What happened and what to do, for whoever wanted to sign in.
        status: HTTP status of the answer.
    """

    def __init__(self, reason: str, text: Text, status: int = 401) -> None:
        self.reason, self.text, self.status = reason, text, status
        super().__init__(f"{reason}: {text.id % text.args}")


class ThrottledError(HostError):
    """There were too many attempts that failed: this one was not looked at.

    Args:
        seconds: How long to wait before the next, at least 1.
    """

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"too many attempts; wait {seconds} s")


class ClosedError(HostError):
    """Somebody may not be here now.

    Args:
        plugin: Id of the plugin that says so.
        banner: Why, and until when.
    """

    def __init__(self, plugin: str, banner: Banner) -> None:
        self.plugin, self.banner = plugin, banner
        super().__init__(f"closed by {plugin}")
