"""The security headers of every answer.

SIMULATOR_EMBED_ORIGINS names the sites that may show the app in a frame, such as a course page:
`SIMULATOR_EMBED_ORIGINS="https://moodle.example.edu https://lms.example.edu"`. Without it only the app's own site may.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re

from deploy.files import STREAMLIT

_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9.-]+(:[0-9]{1,5})?")
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def headers() -> dict[str, str]:
    """Names in lower case and values; raises ValueError for an origin that is none."""
    return {
        "content-security-policy": policy(),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "cross-origin-opener-policy": "same-origin",
    }


def policy() -> str:
    """Everything from this server and nothing from elsewhere; no eval, no inline script but Streamlit's one line."""
    inline = " ".join(f"'sha256-{_digest(script)}'" for script in _INLINE.findall(_page()))
    rules = {
        "default-src": "'self'",
        # blob: a Streamlit component's own script is a module without a file.
        "script-src": f"'self' blob: {inline}".strip(),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "worker-src": "'self' blob:",
        "frame-ancestors": " ".join(["'self'", *embedding()]),
        "form-action": "'self'",
        "base-uri": "'self'",
        "object-src": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def embedding() -> list[str]:
    """The sites that may show the app in a frame."""
    origins = os.environ.get("SIMULATOR_EMBED_ORIGINS", "").split()
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(f"SIMULATOR_EMBED_ORIGINS must hold origins like https://lms.example.edu; got {origin!r}.")
    return origins


def _page() -> str:
    return (STREAMLIT / "index.html").read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
