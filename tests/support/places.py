"""Where things are in the repository and beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OPENAPI = ROOT.parent / "shared" / "runn-api" / "openapi.json"
needs_shared = pytest.mark.skipif(
    not OPENAPI.exists(), reason="needs the API's OpenAPI file, which is not part of the repository"
)
