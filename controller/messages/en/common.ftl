# The frame of the pages, time, states.
skip-to-content = Skip to content
tools = Tools
log-out = Log out
stale = The server cannot be reached. What is on this page may be old; it will refresh itself once the connection is back.
simulated = Simulated data: no hall and no device here is real.
trouble-disk-low = The disk of the server is { $percent } % full. New measurements wait with the agents; alerts go on. Free some space: the rest follows by itself.
trouble-not-written = The server cannot write its records, most likely because its disk is full: what is on this page may be old, and nobody is told of new faults. Free some space on it; nothing has to be restarted.
rendered-at = As of { $time }
crumbs = Where this page is
time-since = since { $exact } ({ $relative })
time-when = { $relative } · { $exact }
time-now = now
time-before = before
notes = Notes

time-just-now = just now
time-ago = { $duration } ago
time-under-a-minute = under 1 minute
time-minutes = { $n ->
    [one] { $count } minute
   *[other] { $count } minutes
}
time-hours = { $n ->
    [one] { $count } hour
   *[other] { $count } hours
}
time-days = { $n ->
    [one] { $count } day
   *[other] { $count } days
}

state-up = Up
state-partial = Partial
state-degraded = Degraded
state-down = Down
state-cut-off = Cut off
state-unknown = Unknown
state-maintenance = Maintenance
state-excused = Excused
state-retired = Retired
state-planned = Planned

strip-last-day = Last 24 hours: { $states }
strip-always-up = up all the time
strip-from = 24 hours ago
strip-to = now

kind-router = router
kind-access-point = access point
kind-switch = switch
kind-cpe = provider's modem
kind-camera = camera
kind-ups = UPS
kind-other = other device

cause-suspected = suspected: { $cause }
bring = Bring: { $what }

outages-recent = Outages
outages-none = No outage.
outage-what = What
outage-hall = The hall
outage-start = Start
outage-end = End
outage-length = Length
outage-cause = Cause
outage-open = Still down
