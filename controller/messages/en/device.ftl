# A device.
device-identity = About the device
device-model = Model
device-address = Address
device-polled = Polled by
device-agent = agent
device-visited = Last visit
device-never-visited = never visited yet
device-uptime = Running for
device-behind = Reached through
device-serial = Serial number
device-restart-reason = Why it last started
device-calls-itself = Name on the device
device-location = Location on the device
device-description = Description on the device
device-graphs = Graphs
device-ports = Interfaces
device-no-ports = The device has not told which interfaces it has.

visit-last-good = last good visit:
visit-detail = Technical detail
visit-warnings = { $n ->
    [one] { $count } oddity at the last visit
   *[other] { $count } oddities at the last visit
}

host-key = SSH host key
host-key-changed = SSH host key changed
host-key-changed-hint = Do not log in to this device by SSH. Ask first: was it replaced, reset or reinstalled just now? If so, compare the fingerprint below with the key read at the device itself, and confirm it. If not, a strange machine may pose as the device: tell the network's administrator.
host-key-unconfirmed = SSH host key not confirmed
host-key-unconfirmed-hint = VillageNet logs in only after somebody has confirmed the key. Compare the fingerprint below with the key read at the device itself (ssh-keygen -lf).
host-key-pinned = Confirmed key
host-key-offered = Key that the device shows
host-key-confirm = Confirm key
host-key-other-by-now = Not confirmed: meanwhile the device shows another key. Look at the one below.

ssh-legacy = Old SSH algorithms
ssh-legacy-until = Allowed until { $date }
ssh-legacy-over = Ended after { $date }

port-name = Interface
port-state = State
port-speed = Speed
port-graph = Graph
port-draw = Show graph
port-drawn = shown
port-up = Connected
port-down = Not connected
port-wan = to the Internet
port-switched-off = Switched off
port-errors = { $rate } bad packets/s

range = Range
range-hour = 1 hour
range-day = 24 hours
range-week = 7 days
range-month = 30 days

graph-traffic-of = Traffic of { $port }
graph-latency = Latency
graph-received = Received
graph-sent = Sent
graph-contracted = Contracted speed
graph-contracted-down = Contracted, down
graph-contracted-up = Contracted, up
graph-table = Show as a table
graph-time = From
graph-moment = At
graph-no-sample = no sample
graph-no-script = The graph needs JavaScript; its numbers are in the table below.
graph-failed = The numbers of the graph could not be loaded. The page will try again; the table below still works.
graph-nothing-yet = No samples yet. The first come after two visits, some two minutes.

failure-timeout = The device does not answer
failure-timeout-hint = Check that it has power and network, and that SNMP is on and lets this machine ask. Many devices also say nothing when the community is wrong.
failure-community = The community is wrong
failure-community-hint = Correct the community in the device's credential profile, or on the device.
failure-user = The device does not know this SNMPv3 user
failure-user-hint = Create the user on the device, or correct the name in the credential profile.
failure-auth = The SNMPv3 authentication pass phrase is wrong
failure-auth-hint = Check the pass phrase and the authentication algorithm in the credential profile.
failure-privacy = The SNMPv3 privacy pass phrase is wrong
failure-privacy-hint = Check the pass phrase and the privacy algorithm in the credential profile.
failure-engine = SNMPv3 clock or engine id does not fit
failure-engine-hint = Mostly the device was replaced or reset. VillageNet starts afresh at the next visit.
failure-hostkey = The SSH host key is not confirmed
failure-hostkey-hint = VillageNet has not logged in to the device. Look at the key further up on this page; a new key appears within a minute.
failure-algorithm = No SSH algorithm in common
failure-algorithm-hint = Upgrade the device's firmware, or poll it by SNMP.
failure-login = The device refused the SSH log-in
failure-login-hint = Check name and key in the credential profile, and the account on the device.
failure-refused = The port is closed
failure-refused-hint = The device is on the network but the service is not running: switch SNMP or SSH on, or correct the port.
failure-protocol = The answer makes no sense
failure-protocol-hint = Check that the address is this device's, and the SNMP version in the credential profile.

condition = Condition
condition-cpu = CPU
condition-memory = Memory used
condition-clients = Clients
condition-access-points = Access points
condition-visitors = Different clients in 30 days
condition-left-out = { $n ->
    [one] The device tells of too many parts: { $count } of them is not kept.
   *[other] The device tells of too many parts: { $count } of them are not kept.
}

radio-name = Radio
radio-channel = Channel
radio-power = Power sent
radio-noise = Noise
radio-busy = Channel busy
network-name = Wi-Fi network

sensors = Sensors
sensor-name = Name
sensor-what = Quantity
sensor-value = Value
unit-rpm = rpm
unit-minutes = min
sensor-temperature = Temperature
sensor-voltage = Voltage
sensor-current = Current
sensor-power = Power
sensor-fanspeed = Fan
sensor-frequency = Mains frequency
sensor-charge = Battery charge
sensor-load = Load
sensor-humidity = Humidity
sensor-runtime = Battery lasts
sensor-state = State
sensor-count = Count
sensor-dbm = Power sent or received
sensor-signal = Signal
sensor-rssi = Signal strength (RSSI)
sensor-snr = Signal above noise (SNR)
sensor-noise-floor = Noise floor
sensor-rsrp = Mobile signal (RSRP)
sensor-rsrq = Mobile signal quality (RSRQ)
sensor-sinr = Mobile signal above noise (SINR)
sensor-cell = Mobile cell number
sensor-rate = Rate over the air
sensor-distance = Distance
sensor-ccq = Connection quality (CCQ)
sensor-quality = Link quality
sensor-capacity = Link capacity
sensor-mcs = Modulation (MCS)
sensor-utilization = Utilisation
sensor-error-ratio = Packets in error
sensor-errors = Errors

neighbours = Directly connected devices
neighbour-name = Device at the other end
neighbour-how = Known by

stations = { $n ->
    [one] { $count } Wi-Fi client in 30 days
   *[other] { $count } Wi-Fi clients in 30 days
}
stations-hint = MAC addresses are personal data: only technicians and administrators see this list, and an address is erased after 30 days.
station-name = MAC address
station-forgotten = address erased
station-place = Network, radio
station-signal = Signal
station-rates = Rate to / from it
station-first = First seen
station-last = Last seen
