"""Who may what: the ids of the permissions that the plugin declares."""

VIEW, MANAGE = "superoffice.view", "licence.manage"
