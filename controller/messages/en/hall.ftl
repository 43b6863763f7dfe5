# A hall.
hall-call = Call { $name }
hall-directions = Directions
hall-day = Last 24 hours
hall-devices = Devices
hall-no-devices = No devices yet. Import them from a CSV file:
hall-line = Line
hall-behind = Reached through
hall-facts = About the hall
hall-contact = Contact
hall-hours = Opening hours
hall-provider = Provider
hall-contract = Contract
hall-speed = Contracted speed
hall-promised = Promised uptime
hall-feeder = Power feeder
hall-position = Position
