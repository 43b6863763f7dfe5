### What people are told. Names, times and counts come ready as text; `…-n` is the same count as a number, for choosing
### a form.

## Subject: the line that is read on a locked phone.

subject-reminder = Reminder, nobody has taken it. { $subject }
subject-growth = It has grown. { $subject }
subject-escalation = Escalated, nobody has taken it. { $subject }
subject-digest = After your quiet hours: { $lasting } still going on, { $over } over
subject-firing-hall = ■ Down: { $hall } ({ $code }){ $behind-n ->
        [0] {""}
        [one] , and { $behind } hall behind it
       *[other] , and { $behind } halls behind it
    }
subject-firing-device = ■ Down: { $device } – { $hall } ({ $code }){ $behind-n ->
        [0] {""}
        [one] , and { $behind } hall behind it
       *[other] , and { $behind } halls behind it
    }
subject-firing-halls = ■ { $halls-n ->
        [one] { $halls } hall
       *[other] { $halls } halls
    } down{ $area-n ->
        [0] {""}
       *[other] {" "}in { $area }
    }
subject-firing-devices = ■ { $devices-n ->
        [one] { $devices } device
       *[other] { $devices } devices
    } down{ $area-n ->
        [0] {""}
       *[other] {" "}in { $area }
    }
subject-firing-mixed = ■ { $halls-n ->
        [one] { $halls } hall
       *[other] { $halls } halls
    } and { $devices-n ->
        [one] { $devices } device
       *[other] { $devices } devices
    } down{ $area-n ->
        [0] {""}
       *[other] {" "}in { $area }
    }
subject-resolved-hall = ● Up again: { $hall } ({ $code }){ $behind-n ->
        [0] {""}
        [one] , with { $behind } hall behind it,
       *[other] , with { $behind } halls behind it,
    } after { $duration }
subject-resolved-device = ● Up again: { $device } – { $hall } ({ $code }){ $behind-n ->
        [0] {""}
        [one] , with { $behind } hall behind it,
       *[other] , with { $behind } halls behind it,
    } after { $duration }
subject-resolved-halls = ● { $halls-n ->
        [one] { $halls } hall
       *[other] { $halls } halls
    } up again{ $area-n ->
        [0] {""}
       *[other] {" "}in { $area }
    }
subject-resolved-devices = ● { $devices-n ->
        [one] { $devices } device
       *[other] { $devices } devices
    } up again{ $area-n ->
        [0] {""}
       *[other] {" "}in { $area }
    }
subject-resolved-mixed = ● { $halls-n ->
        [one] { $halls } hall
       *[other] { $halls } halls
    } and { $devices-n ->
        [one] { $devices } device
       *[other] { $devices } devices
    } up again{ $area-n ->
        [0] {""}
       *[other] {" "}in { $area }
    }
subject-firing-key = ■ SSH host key changed: { $device } – { $hall } ({ $code })
subject-firing-keys = ■ SSH host key changed: { $devices-n ->
        [one] { $devices } device
       *[other] { $devices } devices
    }{ $area-n ->
        [0] {""}
       *[other] {" "}in { $area }
    }
subject-resolved-key = ● SSH host key alarm over: { $device } – { $hall } ({ $code }) after { $duration }
subject-resolved-keys = ● SSH host key alarm over: { $devices-n ->
        [one] { $devices } device
       *[other] { $devices } devices
    }{ $area-n ->
        [0] {""}
       *[other] {" "}in { $area }
    }
subject-firing-unstable = ◐ Unstable: { $where }
subject-firing-unstables = ◐ { $count } places are unstable{ $area-n ->
        [0] {""}
       *[other] {" "}in { $area }
    }
subject-resolved-unstable = ● Stable again: { $where }
subject-resolved-unstables = ● { $count } places are stable again{ $area-n ->
        [0] {""}
       *[other] {" "}in { $area }
    }
place-hall = { $hall } ({ $code })
place-device = { $device } – { $hall } ({ $code })
areas = { $first } and { $second }

## Body: one fault.

body-hall = Hall: { $hall } ({ $code })
body-area = Area: { $area }
body-device = Device: { $device }
body-device-address = Device: { $device }, address { $address }
body-firing-since = Down since { $since } ({ $ago } ago)
body-resolved-since = Down from { $since } to { $ended } (for { $duration })
body-firing-key-since = Shows another key than the confirmed one since { $since } ({ $ago } ago)
body-resolved-key-since = Showed another key than the confirmed one from { $since } to { $ended } (for { $duration })
body-firing-key = VillageNet does not log in where the key is wrong: no name and no password was sent to this machine.
body-firing-unstable-since = Lost and back again and again, unstable since { $since } ({ $ago } ago)
body-resolved-unstable-since = Unstable from { $since } to { $ended } (for { $duration })
body-firing-unstable = While it is unstable, each loss is not told by itself. If it is gone for more than 30 minutes, that is told.
body-cause = Cause: { $cause }
body-suspected = Suspected: { $cause }
body-fact = – { $fact }
body-bring = Bring: { $bring }
body-firing-behind = Cut off behind it: { $names }
body-resolved-behind = Behind it: { $names }

## Body: several faults, one under the other.

list-firing-hall = ■ { $hall } ({ $code }), { $area }
list-firing-device = ■ { $device } – { $hall } ({ $code }), { $area }
list-resolved-hall = ● { $hall } ({ $code }), { $area }
list-resolved-device = ● { $device } – { $hall } ({ $code }), { $area }
list-firing-since = since { $since } ({ $ago } ago)
list-resolved-since = from { $since } to { $ended } (for { $duration })
list-firing-behind-title = Halls behind, cut off with it:
list-resolved-behind-title = Halls behind:
list-behind = ◇ { $hall } ({ $code }): { $names }
list-more = … and { $count-n ->
        [one] { $count } more line
       *[other] { $count } more lines
    }

## Body: what to do first.

advice-title = Check first:
advice-hall =
    1. Call somebody at the hall: is there power, are the lights of the router on?
    2. There is power: look at the provider's box. A red LOS light or a dark PON light is a line fault, call the provider.
    3. All lights are normal: unplug the router for 10 seconds, plug it in again and wait 3 minutes.
advice-many =
    1. Many places went down together: ask the power company about a cut, then the provider about the trunk line, before riding to each place.
    2. Power and trunk line are fine: begin where the connection was lost first.
advice-device = { $kind ->
        [access_point]
            1. Are the lights of the access point on? No: check the PoE supply or the adapter, try another port.
            2. They are: check the cable to the router, both ends must show a light.
            3. Still nothing: unplug it for 10 seconds, plug it in again and wait 3 minutes.
        [switch]
            1. Does the switch have power? Check the socket and the adapter.
            2. It has: check the cable to the router, try another port and another cable.
        [cpe]
            1. Does the provider's box have power? Check the socket and the adapter.
            2. A red LOS light or a dark PON light is a line fault, call the provider.
        [camera]
            1. Does the camera have power? Check PoE or the adapter.
            2. It has: check the cable and its plugs, outdoors above all.
        [ups]
            1. Are the lights of the UPS on, does it beep? Check the mains.
            2. It runs: check its network cable.
       *[other]
            1. Does the device have power? Check the socket and the adapter.
            2. It has: check the cable to the router, then unplug it for 10 seconds and plug it in again.
    }

advice-key =
    1. Do not log in to this device by SSH: the password may fall into other hands.
    2. Ask the people at the hall and your technicians: was the device replaced, reset or reinstalled just now?
    3. It was: compare the key's fingerprint, read at the device itself, with the device's page; if they are the same, press “Confirm key”.
    4. It was not: a strange machine may pose as the device. Tell the network's administrator, and do not confirm the key.

advice-unstable =
    1. Power: is a plug, socket or power supply loose or hot? Is the voltage low in the evening?
    2. Cables and plugs: move the end of each network and fibre cable a little. Lights that go out with it mean bad contact: change the plug or cable.
    3. Is the device hot, or does it restart by itself? Give it air; if the LOS light flashes red, call the provider.

## Body: the end.

act = Take it: { $link }
link = Details: { $link }
made-firing = Written at { $made }. You will be told when it is up again.
made-firing-key = Written at { $made }. You will be told when the key is right again or somebody confirmed the new one.
made-firing-unstable = Made at { $made }. Once it has been quiet for 30 minutes you will be told.
made-resolved = Written at { $made }.

## Short: one line for SMS.

short-firing = DOWN { $what } since { $time }.{ $suspected-n ->
        [0] {""}
       *[other] {" "}Suspected: { $suspected }.
    }{ $behind-n ->
        [0] {""}
        [one] {" "}{ $behind } hall behind it.
       *[other] {" "}{ $behind } halls behind it.
    }{ $link-n ->
        [0] {""}
       *[other] {" "}See: { $link }
    }
short-resolved = UP AGAIN { $what } at { $time }.{ $behind-n ->
        [0] {""}
        [one] {" "}{ $behind } hall behind it.
       *[other] {" "}{ $behind } halls behind it.
    }{ $link-n ->
        [0] {""}
       *[other] {" "}See: { $link }
    }
short-firing-key = SSH KEY CHANGED { $what } since { $time }. Do not log in.{ $link-n ->
        [0] {""}
       *[other] {" "}See: { $link }
    }
short-resolved-key = SSH KEY ALARM OVER { $what } at { $time }.{ $link-n ->
        [0] {""}
       *[other] {" "}See: { $link }
    }
short-firing-unstable = UNSTABLE { $what } since { $time }. Lost and back many times.{ $link-n ->
        [0] {""}
       *[other] {" "}See: { $link }
    }
short-resolved-unstable = STABLE AGAIN { $what } at { $time }.{ $link-n ->
        [0] {""}
       *[other] {" "}See: { $link }
    }
short-places = { $count } places
short-digest = AFTER QUIET HOURS: { $what }.{ $link-n ->
        [0] {""}
       *[other] {" "}See: { $link }
    }
short-halls = { $halls-n ->
        [one] { $halls } hall
       *[other] { $halls } halls
    }
short-devices = { $devices-n ->
        [one] { $devices } device
       *[other] { $devices } devices
    }
short-mixed = { $halls-n ->
        [one] { $halls } hall
       *[other] { $halls } halls
    }, { $devices-n ->
        [one] { $devices } device
       *[other] { $devices } devices
    }

## Pieces for templates that somebody else wrote.

values-suspected = suspected: { $cause }

## The button below a message.

open-page = See details

## A test of a channel: there is no fault.

trial-subject = ○ Test message of VillageNet: channel { $channel }
trial-body =
    This is a test message of the channel { $channel }, sent at { $made }.
    Nothing is wrong. If you can read this, the channel works and nothing has to be done.
trial-short = TEST message of VillageNet, channel { $channel }, at { $time }. Nothing is wrong.
trial-hall = TEST (nothing is wrong)

## Parts

device-named = { $kind ->
        [router] router { $name }
        [access_point] access point { $name }
        [switch] switch { $name }
        [cpe] provider's modem { $name }
        [camera] camera { $name }
        [ups] UPS { $name }
       *[other] device { $name }
    }
unit-days = { $count-n ->
        [one] { $count } day
       *[other] { $count } days
    }
unit-hours = { $count-n ->
        [one] { $count } hour
       *[other] { $count } hours
    }
unit-minutes = { $count-n ->
        [one] { $count } minute
       *[other] { $count } minutes
    }
unit-seconds = { $count-n ->
        [one] { $count } second
       *[other] { $count } seconds
    }
