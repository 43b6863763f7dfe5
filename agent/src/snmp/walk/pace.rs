//! [`Pace`]: how much one device is asked at once. It starts at what fits into one unfragmented datagram, slows down
//! where the device cannot follow, and is remembered for the device.

use super::super::client::REPETITIONS_MAX;

/// Varbinds in one answer. A varbind of the interface table takes about 20 bytes, so these stay below the 1,472 bytes
/// that Ethernet carries in one piece: many small devices and firewalls lose fragments.
const VARBINDS_AT_ONCE: usize = 64;

/// How much a device is asked at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Pace {
    rows: u8,
    columns: u8,
    /// Whether GETBULK is used where the version has it.
    has_bulk: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Pace { rows: REPETITIONS_MAX, columns: u8::MAX, has_bulk: true }
    }
}

impl Pace {
    /// How many of `open` columns to ask for at once.
    pub(super) fn columns(&self, open: usize) -> usize {
        open.min(usize::from(self.columns)).clamp(1, VARBINDS_AT_ONCE / 2)
    }

    /// How many rows to ask for when `columns` columns and `scalars` values beside them are asked; none means GETNEXT.
    pub(super) fn rows(&self, columns: usize, scalars: usize) -> Option<u8> {
        let fit = (VARBINDS_AT_ONCE - scalars) / columns.max(1);
        let fit = u8::try_from(fit).unwrap_or(REPETITIONS_MAX);
        self.has_bulk.then(|| fit.clamp(1, self.rows))
    }

    /// Half as much after "too big", asked for `rows` rows. False when it cannot be less.
    pub(super) fn halve(&mut self, rows: u8) -> bool {
        if rows > 1 {
            self.rows = rows / 2;
        } else if self.columns > 1 {
            self.rows = 1;
            self.columns = (self.columns / 2).min(8);
        } else {
            return false;
        }
        true
    }

    /// A good deal less after silence or an error, in as few steps as will do: each costs a timeout. False when it
    /// cannot be less.
    pub(super) fn simplify(&mut self) -> bool {
        let can = self.can_simplify();
        match self {
            Pace { rows: 4.., .. } => self.rows = 3,
            Pace { columns: 5.., .. } => (self.rows, self.columns) = (1, 4),
            Pace { columns: 2.., .. } => (self.rows, self.columns) = (1, 1),
            Pace { has_bulk, .. } => *has_bulk = false,
        }
        can
    }

    pub(super) fn can_simplify(&self) -> bool {
        self.has_bulk || self.columns > 1
    }

    /// Whether the device cannot take two names in one request.
    pub(in super::super) fn takes_one_name(&self) -> bool {
        self.columns == 1
    }

    /// One column a request, after a device refused a request without saying which column it meant.
    pub(super) fn one_column(&mut self) {
        self.columns = 1;
    }

    /// A little more at the next full visit: what slowed it down may have been one bad minute.
    pub(in super::super) fn recover(&mut self) {
        self.rows = self.rows.saturating_mul(2).min(REPETITIONS_MAX);
        if self.rows >= 4 {
            self.columns = self.columns.saturating_mul(2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_requests_fit_into_one_datagram() {
        let pace = Pace::default();
        assert_eq!(pace.columns(7), 7);
        assert_eq!(pace.rows(6, 2), Some(10), "uptime, count and six columns of ten ports: 62 varbinds");
        assert_eq!(pace.rows(1, 0), Some(25), "never more than 25 repetitions");
        for columns in 1..=pace.columns(usize::MAX) {
            let rows = pace.rows(columns, 2).map(usize::from).unwrap();
            assert!(columns * rows + 2 <= 64 && rows >= 1, "{columns} x {rows}");
        }
    }

    #[test]
    fn slowing_down_ends_at_one_getnext_of_one_column() {
        let mut pace = Pace::default();
        let steps = std::iter::from_fn(|| pace.simplify().then_some(())).count();
        assert_eq!(steps, 4);
        assert_eq!((pace.columns(9), pace.rows(1, 0)), (1, None));
        assert!(!pace.can_simplify());
    }

    #[test]
    fn too_big_is_halved_down_to_one_value() {
        let mut pace = Pace::default();
        let mut asked = Vec::new();
        loop {
            let columns = pace.columns(7);
            let rows = pace.rows(columns, 0).unwrap();
            asked.push((columns, rows));
            if !pace.halve(rows) {
                break;
            }
        }
        assert_eq!(asked, [(7, 9), (7, 4), (7, 2), (7, 1), (7, 1), (4, 1), (2, 1), (1, 1)]);
    }
}
