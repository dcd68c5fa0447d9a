"""What is kept: SQLAlchemy models, sessions, migrations. Imports the domain and nothing above it."""
