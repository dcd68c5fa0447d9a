"""What the Status tab keeps."""

from .tables import Base

metadata = Base.metadata

__all__ = ["metadata"]
