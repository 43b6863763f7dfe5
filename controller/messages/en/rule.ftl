rules-title = Alert rules
rules-what = Each rule watches one measurement. Over its threshold for long enough, people are told; back to normal for long enough, they are told of the end.
rules-fixed = Always on, without a threshold
rule-rule = Rule
rule-threshold = Threshold
rule-threshold-within = Threshold ({ $span })
rule-hold = Told after
rule-keep = Over after
rule-hold-minutes = Told after (minutes)
rule-keep-minutes = Over after being normal for (minutes)
rule-severity = Severity
rule-scope = Holds for
rule-state = State
rule-on = On
rule-off = Off
rule-at-once = at once
rule-everywhere = Everywhere
rule-area = Area
rule-kind = Kind of devices
rule-all-kinds = All devices
rule-now = How it is set
rule-built-in = built in
rule-remove = Take back
rule-set = Set it
rule-faults = Not saved:
rule-preview = Try on the last 30 days
rule-save = Save
rule-preview-unknown = No samples are kept of what this rule looks at, so it cannot be tried on the past.
rule-preview-never = In the last 30 days this rule would never have fired.
rule-preview-times = { $n ->
        [one] In the last 30 days this rule would have fired { $count } time:
       *[other] In the last 30 days this rule would have fired { $count } times:
    }
rule-preview-more = { $n ->
        [one] … and { $count } more hall
       *[other] … and { $count } more halls
    }
rule-times = { $n ->
        [one] { $count } time
       *[other] { $count } times
    }
severity-warning = Warning
severity-critical = Critical
