"""What the Status tab keeps."""

from . import additions as additions
from . import metering as metering
from .tables import Base

metadata = Base.metadata

__all__ = ["metadata"]
