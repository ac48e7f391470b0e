"""A short name for what something says at a moment."""

from hashlib import sha256

from google.protobuf.message import Message


def version_of(*parts: object) -> str:
    """Another one whenever a part says something else: by it a page knows what of it is to be replaced."""
    said = [part.SerializeToString(deterministic=True) if isinstance(part, Message) else repr(part) for part in parts]
    return sha256(repr(said).encode()).hexdigest()[:12]
