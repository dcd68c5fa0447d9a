"""An entry of a third party says from where it came, on whichever side of the border the plugin lives."""

from __future__ import annotations

from builders.twofold import soon


class TestFromWhere:
    def test_it_is_the_address_of_whoever_asked(self, twofold):
        """It goes along to the runner, and comes back through the outbox."""
        address = {"REMOTE_ADDR": "192.0.2.7"}
        twofold.post("current_host.audit('note.written', 'from where')", environ_overrides=address)
        assert soon(lambda: twofold.audited("from where"))
        assert [each.origin for each in twofold.audited("from where")] == ["192.0.2.7"]

    def test_the_plugin_itself_does_not_see_it(self, twofold):
        """Not in what it is given, nor in its outbox."""
        if not twofold.remote:
            return  # in the host's own process nothing is hidden from anybody
        address = {"REMOTE_ADDR": "192.0.2.77"}
        look = "from host.domain.audit import origin_here; answer = plain(origin_here())"
        said = twofold.post(look, environ_overrides=address).text
        assert "sealed:" in said
        assert "192.0.2.77" not in said
