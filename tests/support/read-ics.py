# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a calendar from stdin with python3-icalendar; prints what it found as JSON."""
import datetime
import json
import sys

import icalendar
from dateutil.rrule import rruleset, rrulestr

calendar = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
zones = {str(z["TZID"]): z.to_tz() for z in calendar.walk("VTIMEZONE")}


def moment(prop):
    """The moment by the calendar's own VTIMEZONE, whatever this system knows of the zone."""
    zone = zones[prop.params["TZID"]]
    return zone.localize(prop.dt.replace(tzinfo=None)).astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%MZ")


def dates(event):
    """Local dates of the rule without those of EXDATE."""
    start = event["DTSTART"].dt.replace(tzinfo=None)
    found = rruleset()
    rule = event["RRULE"].to_ical().decode()
    if "UNTIL" in event["RRULE"]:
        zone = zones[event["DTSTART"].params["TZID"]]
        until = event["RRULE"]["UNTIL"][0]
        local = until.replace(tzinfo=datetime.timezone.utc).astimezone(zone).replace(tzinfo=None)
        rule = ";".join(p for p in rule.split(";") if not p.startswith("UNTIL")) + local.strftime(";UNTIL=%Y%m%dT%H%M%S")
    found.rrule(rrulestr(rule, dtstart=start))
    skipped = event.get("EXDATE", [])
    for one in skipped if isinstance(skipped, list) else [skipped]:
        for date in one.dts:
            found.exdate(date.dt.replace(tzinfo=None))
    return [d.strftime("%Y-%m-%dT%H:%M") for d in found]


print(json.dumps([{
    "uid": str(e["UID"]), "summary": str(e["SUMMARY"]), "sequence": int(e["SEQUENCE"]), "status": str(e["STATUS"]),
    "location": str(e.get("LOCATION", "")), "start": moment(e["DTSTART"]), "end": moment(e["DTEND"]),
    "replaces": moment(e["RECURRENCE-ID"]) if "RECURRENCE-ID" in e else None,
    "dates": dates(e) if "RRULE" in e else None,
} for e in calendar.walk("VEVENT")]))
