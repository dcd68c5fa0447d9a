"""What Tabhost is compared with. Runs in an environment of its own, which has none of Tabhost in it."""
