### Rules: what each watches, what a fault of it is called, and the first thing to do. `$value` and `$threshold` come with
### their unit.

rule-name = { $rule ->
        [hall_down] Hall down
        [device_down] Device down
        [host_key_changed] SSH host key changed
        [unstable] Comes and goes
        [packet_loss] Packet loss
        [latency] Slow answers
        [bandwidth] Line full
        [interface_errors] Errors on a port
        [no_wifi_clients] Nobody uses the Wi-Fi
        [radar_channel_change] Wi-Fi leaves radar channels
        [cpu] Processor overloaded
        [memory] Memory nearly full
        [temperature] Device too hot
        [reboot_loop] Restarts again and again
        [snmp_auth_failing] SNMP credentials refused
        [agent_silent] Agent silent
       *[other] { $rule }
    }
rule-fault = { $rule ->
        [packet_loss] packet loss { $value }
        [latency] slow answers { $value }
        [bandwidth] line at { $value } of what was contracted
        [interface_errors] port errors { $value }
        [no_wifi_clients] nobody on the Wi-Fi for { $value }
        [radar_channel_change] Wi-Fi left radar channels { $value } in 24 hours
        [cpu] processor busy { $value }
        [memory] memory used { $value }
        [temperature] temperature { $value }
        [reboot_loop] restarted { $value } in 30 minutes
        [agent_silent] agent silent for { $value }
        [snmp_auth_failing] SNMP credentials refused { $value } in a row
       *[other] { $rule } { $value }
    }
rule-judged = { $fault } (threshold { $threshold }){ $hold-n ->
        [0] {""}
       *[other] {" "}for { $hold }
    }
rule-means = { $rule ->
        [hall_down] The hall's router cannot be reached: the whole hall has no network.
        [device_down] The device does not answer while the hall's router does.
        [host_key_changed] The device shows another SSH host key than the one that was confirmed.
        [unstable] The hall or device was lost and came back more than 4 times in 30 minutes.
        [packet_loss] Many packets to the device had no answer in the last 5 minutes: pages load in fits and starts, video calls break off.
        [latency] The device answers slowly: there is a network, but pages take long to open.
        [bandwidth] The hall's line to the Internet carries nearly all that was contracted: it is slow for everybody.
        [interface_errors] A port receives or sends many broken packets: mostly a cable, a plug or a fibre.
        [no_wifi_clients] People used to use the Wi-Fi of this hall and nobody has for days, although the devices run.
        [radar_channel_change] The access point had to leave 5 GHz channels again and again on which radar comes first: each change cuts people off for seconds up to a minute.
        [cpu] The device's processor is busy all the time: the network is slow and the device may hang.
        [memory] The device is nearly out of memory: it may hang or restart.
        [temperature] The hottest sensor of the device is over the threshold: it may switch itself off, and ages fast.
        [reboot_loop] The device restarts many times within a short while.
        [agent_silent] Nothing is heard of the agent in this hall: nobody knows how the devices are that it looks at. That is no outage yet.
        [snmp_auth_failing] The device answers that the SNMP user or password is wrong: nothing can be read from it.
       *[other] { $rule }
    }
rule-first = { $rule ->
        [hall_down] 1. Call somebody at the hall: is there power, are the lights of the router on?
        [device_down] 1. Check the device's power, then its cable to the router.
        [host_key_changed] 1. Do not log in by SSH; ask your technicians whether the device was replaced or reinstalled just now.
        [unstable] 1. Check power and plugs: what is loose or weak comes and goes.
        [packet_loss]
            1. See whether the line is full (the traffic graph on the device's page).
            2. It is not: check cables and plugs, try another cable; of a wireless link look at noise and distance.
            3. Loss in many halls at once: call the provider.
        [latency]
            1. See whether the line is full or the processor busy.
            2. Neither: measure from the hall, then call the provider and name the time it began.
        [bandwidth]
            1. Look at the traffic graph and ask at the hall what is going on (online meeting, large files, cameras that upload).
            2. It is often so: limit each user, or ask for a faster contract.
        [interface_errors]
            1. See on the device's page which port it is.
            2. Plug its cable in again, then replace the network cable or fibre patch cord; clean fibre ends.
            3. Still errors: try another port; both ends need the same speed and duplex.
        [no_wifi_clients]
            1. Ask at the hall: is it open, has anybody tried the Wi-Fi?
            2. Somebody tried and could not: try with a phone; check the network's name, the password and the log-in page.
        [radar_channel_change]
            1. Set the access point to channels 36–48 or 149–161, which need not give way to radar.
        [cpu]
            1. See whether traffic rose suddenly, and how many people are connected.
            2. Switch off what is not needed (detailed logs, web filters on the device); update the firmware.
            3. Nothing found: restart it outside opening hours.
        [memory]
            1. Restart the device outside opening hours.
            2. Full again after some days: update the firmware, switch off what is not used.
        [temperature]
            1. Call somebody at the hall: is the device covered or in the sun, does a fan sound odd?
            2. Move it to an airy place and clean its vents.
        [reboot_loop]
            1. Check the power supply and the socket: a weak supply or a loose plug is the usual reason.
            2. Power is good: see the reason of the restart on the device's page, then update the firmware or replace it.
        [agent_silent]
            1. Call somebody at the hall: does the machine of the agent have power and a network?
            2. It has: restart the service villagenet-agent and look at its log.
        [snmp_auth_failing]
            1. Ask who changed the device's SNMP configuration.
            2. Correct the credentials on the page “Credentials”, or set the device to match.
       *[other] 1. { $rule }
    }

## Values with their unit.

amount-percent = { $number } %
amount-milliseconds = { $number } ms
amount-packets_per_second = { $number } packets/s
amount-minutes = { $number-n ->
        [one] { $number } minute
       *[other] { $number } minutes
    }
amount-days = { $number-n ->
        [one] { $number } day
       *[other] { $number } days
    }
amount-count = { $number-n ->
        [one] { $number } time
       *[other] { $number } times
    }
amount-celsius = { $number } °C

## Messages

where-device = { $device } – { $hall } ({ $code })
where-hall = { $hall } ({ $code })
subject-firing-measured = ■ { $fault }: { $where }
subject-resolved-measured = ● Back to normal: { $name }, { $where } after { $duration }
subject-firing-measures = ■ { $count-n ->
        [one] { $count } alert
       *[other] { $count } alerts
    }{ $area-n ->
        [0] {""}
       *[other] {" "}in { $area }
    }
subject-resolved-measures = ● { $count-n ->
        [one] { $count } alert
       *[other] { $count } alerts
    } back to normal{ $area-n ->
        [0] {""}
       *[other] {" "}in { $area }
    }
body-firing-measured = { $fault }, since { $since } ({ $ago } ago)
body-resolved-measured = { $name } from { $since } to { $ended } (for { $duration })
list-firing-measured = ■ { $where }, { $area }
list-resolved-measured = ● { $where }, { $area }
advice-of-rule = { $name }:
made-firing-measured = Written at { $made }. You will be told when it is back to normal.
short-firing-measured = ALERT { $fault }: { $what } since { $time }.{ $link-n ->
        [0] {""}
       *[other] {" "}See: { $link }
    }
short-resolved-measured = BACK TO NORMAL { $name }: { $what } at { $time }.{ $link-n ->
        [0] {""}
       *[other] {" "}See: { $link }
    }
short-measures = { $count-n ->
        [one] { $count } alert
       *[other] { $count } alerts
    }
