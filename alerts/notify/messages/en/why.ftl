### Why something was lost, or is suspected to be: the causes, the facts that say so, and what to bring.

cause = { $cause ->
        [power] power cut
        [line] line fault
        [device] faulty device
        [upstream] trunk line fault
        [config] change of configuration
        [cut_off] cut off behind another device
       *[unknown] not known yet
    }

## The facts, each a line of its own.

fact-changed = its configuration was changed at { $at }
fact-started = it restarted at { $at }
fact-ran-on = it has run without a break since { $at }
fact-backed-up = it has a backup supply (UPS or battery)
fact-others-started = { $count-n ->
        [one] { $count } other device in the hall restarted too
       *[other] { $count } other devices in the hall restarted too
    }
fact-others-ran-on = { $count-n ->
        [one] { $count } other device in the hall ran on
       *[other] { $count } other devices in the hall ran on
    }
fact-halls-beside = { $count-n ->
        [one] { $count } other hall was lost within the same 90 seconds
       *[other] { $count } other halls were lost within the same 90 seconds
    }
fact-whole-area = all halls of the area were lost at once
fact-feeder-beside = { $count-n ->
        [one] { $count } of them hangs on the same power feeder
       *[other] { $count } of them hang on the same power feeder
    }
fact-neighbours-up = { $count-n ->
        [one] { $count } device behind the same router is still up
       *[other] { $count } devices behind the same router are still up
    }
fact-on-battery = the UPS says that it runs on its battery
fact-second-path = another device in the hall that does not hang on this router still answers

## What to bring.

bring-power = a spare 12 V adapter, a mains tester, an extension lead
bring-line = an optical power meter, a fibre patch cord, a network cable, the provider's fault number
bring-upstream = no need to ride to each place yet, ask the provider about the trunk line first
bring-config = a laptop, a network cable, the latest backup of the configuration
bring-device = { $kind ->
        [router] a spare router with its configuration loaded, a 12 V adapter
        [access_point] a spare access point, a PoE supply, a network cable
        [switch] a spare switch, a network cable
        [cpe] a spare modem of the provider, a fibre patch cord
        [camera] a spare camera, a PoE supply, a ladder
        [ups] a spare UPS or battery
       *[other] a spare device, a network cable
    }
bring-unknown = a 12 V adapter, an optical power meter, a network cable
