# The overview.
fleet-title = Overview
fleet-operating = { $operating } of { $total } halls are up
fleet-outages = { $n ->
    [one] { $count } open outage
   *[other] { $count } open outages
}
fleet-no-outage = No hall or device is down
fleet-halls = { $n ->
    [one] { $count } hall
   *[other] { $count } halls
}
fleet-all-halls = Halls

fleet-empty = No halls yet
fleet-empty-how = Import your list from CSV files on the machine that runs VillageNet. All bad rows are reported at once; nothing is imported unless every row is good.
fleet-empty-halls = Import the halls:
fleet-empty-devices = Import their devices:
fleet-empty-poll = Or try one device first, without importing anything:
fleet-empty-live = This page refreshes itself as soon as the import is done.
fleet-no-devices = There are no devices yet, so no hall can be watched. Import the devices from a CSV file:

filter-text = Find a hall
filter-hint = Name, code or commune
filter-area = Area
filter-all-areas = All areas
filter-state = Filter by state
filter-all-states = All
filter-go = Filter
filter-nothing = No hall matches the filter.
filter-clear = Clear the filter
