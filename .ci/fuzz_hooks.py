"""Lets the API fuzzer get past 404, 412 and the first fault (docs/SECURITY.md): ids that exist, the version that stands now, and
bodies that name what is there."""

import os
import random

import requests
import schemathesis

TOKEN = {"Authorization": "Bearer " + os.environ["TINBAI_TOKEN"]}
CHOOSE = random.Random(int(os.environ.get("TINBAI_SEED", "1")))
# Where to look up what a parameter may be; `id` is looked up in the list that the address begins with.
LISTS = {"unit_id": "/api/v1/units", "code": "/api/v1/calendars", "name": "/api/v1/jobs"}
YEARS = (2025, 2026, 2027)
# The same for fields of bodies: the list and the field of its rows.
FIELDS = {
    "unit_id": ("/api/v1/units", "id"),
    "parent_id": ("/api/v1/units", "id"),
    "into_id": ("/api/v1/units", "id"),
    "person_id": ("/api/v1/people", "id"),
    "event_id": ("/api/v1/events", "id"),
    "kind": ("/api/v1/kinds", "code"),
}
TEXTS = {"reason": "Mất điện", "name": "Tên mới", "title": "Hội nghị", "zone": "Asia/Ho_Chi_Minh", "document_number": "1/KH"}


def told(base, path):
    reply = requests.get(base + path, headers=TOKEN, timeout=10)
    return reply if reply.status_code == 200 else None


def known(base, path, field):
    reply = told(base, path)
    rows = reply.json() if reply else []
    rows = rows.get("items", rows.get("jobs", [])) if isinstance(rows, dict) else rows
    return [row[field] for row in rows if field in row]


def likely(base, field, value):
    """What a field may well hold; now and then nothing, or what the fuzzer thought of."""
    if value is None or CHOOSE.random() < 0.1:
        return value
    if field == "code":
        return "ma-%d" % CHOOSE.randrange(10**6)
    found = known(base, *FIELDS[field]) if field in FIELDS else [TEXTS[field]] if field in TEXTS else []
    return CHOOSE.choice(found) if found else value


@schemathesis.hook
def before_call(context, case, kwargs):
    if not case.meta.generation.mode.is_positive or CHOOSE.random() < 0.2:
        return
    base = case.operation.schema.get_base_url()
    base = base[: base.index("/", 8)] if "/" in base[8:] else base
    collection = case.path.split("/{")[0]
    for name in list(case.path_parameters or {}):
        field = name if name in ("code", "name") else "id"
        found = YEARS if name == "year" else known(base, LISTS.get(name, collection), field)
        if found:
            case.path_parameters[name] = CHOOSE.choice(found)
    if isinstance(case.body, dict) and CHOOSE.random() < 0.8:
        case.body = {field: likely(base, field, value) for field, value in case.body.items()}
    if "If-Match" in (case.headers or {}):
        one = case.formatted_path
        while "ETag" not in getattr(reply := told(base, one), "headers", {}) and one.count("/") > 4:
            one = one.rsplit("/", 1)[0]
        if reply is not None and "ETag" in reply.headers:
            case.headers["If-Match"] = reply.headers["ETag"]
