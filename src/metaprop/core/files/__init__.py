"""Files: read text, hash, and write a folder whole or not at all; what they mean is not known."""

from metaprop.core.files.places import own_places
from metaprop.core.files.reading import MAX_BYTES, Contents, read_contents, read_text, sha256
from metaprop.core.files.scratch import scratch_folder
from metaprop.core.files.writing import check_place, write_folder

__all__ = [
    "MAX_BYTES",
    "Contents",
    "check_place",
    "own_places",
    "read_contents",
    "read_text",
    "scratch_folder",
    "sha256",
    "write_folder",
]
