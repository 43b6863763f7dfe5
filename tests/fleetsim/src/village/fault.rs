//! [`Fault`] and [`Target`]: what can happen to a village, in the words of the timetable and the control port.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// What happens. Its text is a name, or `name=number`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `power-cut`: what the mains feed is dark, and boots when they are back. What a battery feeds goes on.
    PowerCut,
    /// `line-cut`: nothing of the hall is reached; nothing boots.
    LineCut,
    /// `death`: the device is dark and does not boot before the end.
    Death,
    /// `uplink-cut`: the commune's mast is dark, and with it all halls behind it.
    UplinkCut,
    /// `loss=PERCENT`: so many requests get no answer.
    Loss(u8),
    /// `slow=MILLISECONDS`: answers come so much later than usual.
    Slow(u32),
    /// `late=MILLISECONDS`: every other answer comes so much later, in the middle of a later question.
    Late(u32),
    /// `reboot`: dark, then booted.
    Reboot,
    /// `wrap-32=SECONDS`: 32-bit counters wrap after so long.
    Wrap32(u32),
    /// `wrap-64=SECONDS`: 64-bit counters wrap after so long.
    Wrap64(u32),
    /// `wrap-uptime=SECONDS`: sysUpTime wraps, as after 497 days, after so long.
    WrapUptime(u32),
    /// `renumber`: every port has another ifIndex.
    Renumber,
    /// `clock=SECONDS`: the device's clock and its engine's time jump, forward or back.
    Clock(i32),
    /// `forged=COUNT`: so many forged answers come before the true one.
    Forged(u8),
    /// `forged-boots`: version 3: a forged Report claims the last boots there can be.
    ForgedBoots,
    /// `host-key`: SSH shows another key.
    HostKey,
    /// `hang`: SSH accepts a log-in and then says nothing any more.
    Hang,
    /// `evil`: every text is an attack.
    Evil,
}

/// The text is no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no fault: write power-cut, line-cut, death, uplink-cut, loss=PERCENT, slow=MS, late=MS, reboot, \
     wrap-32=S, wrap-64=S, wrap-uptime=S, renumber, clock=S, forged=N, forged-boots, host-key, hang or evil"
)]
pub struct FaultError(String);

impl Fault {
    /// How long it lasts when nobody says: a boot takes half a minute, everything else two minutes.
    pub fn usual_duration(self) -> Duration {
        Duration::from_secs(if self == Fault::Reboot { 30 } else { 120 })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::PowerCut => f.write_str("power-cut"),
            Fault::LineCut => f.write_str("line-cut"),
            Fault::Death => f.write_str("death"),
            Fault::UplinkCut => f.write_str("uplink-cut"),
            Fault::Loss(percent) => write!(f, "loss={percent}"),
            Fault::Slow(ms) => write!(f, "slow={ms}"),
            Fault::Late(ms) => write!(f, "late={ms}"),
            Fault::Reboot => f.write_str("reboot"),
            Fault::Wrap32(in_s) => write!(f, "wrap-32={in_s}"),
            Fault::Wrap64(in_s) => write!(f, "wrap-64={in_s}"),
            Fault::WrapUptime(in_s) => write!(f, "wrap-uptime={in_s}"),
            Fault::Renumber => f.write_str("renumber"),
            Fault::Clock(by_s) => write!(f, "clock={by_s}"),
            Fault::Forged(count) => write!(f, "forged={count}"),
            Fault::ForgedBoots => f.write_str("forged-boots"),
            Fault::HostKey => f.write_str("host-key"),
            Fault::Hang => f.write_str("hang"),
            Fault::Evil => f.write_str("evil"),
        }
    }
}

impl FromStr for Fault {
    type Err = FaultError;
    fn from_str(text: &str) -> Result<Self, FaultError> {
        fn number<T: FromStr>(text: &str) -> Option<T> {
            text.parse().ok()
        }
        let fault = match text.split_once('=') {
            None => match text {
                "power-cut" => Some(Fault::PowerCut),
                "line-cut" => Some(Fault::LineCut),
                "death" => Some(Fault::Death),
                "uplink-cut" => Some(Fault::UplinkCut),
                "reboot" => Some(Fault::Reboot),
                "renumber" => Some(Fault::Renumber),
                "forged-boots" => Some(Fault::ForgedBoots),
                "host-key" => Some(Fault::HostKey),
                "hang" => Some(Fault::Hang),
                "evil" => Some(Fault::Evil),
                _ => None,
            },
            Some(("loss", percent)) => number(percent).filter(|percent| *percent <= 100).map(Fault::Loss),
            Some(("slow", ms)) => number(ms).map(Fault::Slow),
            Some(("late", ms)) => number(ms).map(Fault::Late),
            Some(("wrap-32", in_s)) => number(in_s).map(Fault::Wrap32),
            Some(("wrap-64", in_s)) => number(in_s).map(Fault::Wrap64),
            Some(("wrap-uptime", in_s)) => number(in_s).map(Fault::WrapUptime),
            Some(("clock", by_s)) => number(by_s).map(Fault::Clock),
            Some(("forged", count)) => number(count).map(Fault::Forged),
            Some(_) => None,
        };
        fault.ok_or_else(|| FaultError(text.to_owned()))
    }
}

/// To whom it happens: `dr` a commune, `dr-03` a hall, `dr-03/ap-1` a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// All halls of a commune.
    Commune(String),
    /// All devices of a hall.
    Hall(String),
    /// One device.
    Device(String),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Target::Commune(name) | Target::Hall(name) | Target::Device(name)) = self;
        f.write_str(name)
    }
}

impl From<&str> for Target {
    /// By its shape; whether there is such a one is the fleet's to say.
    fn from(text: &str) -> Self {
        if text.contains('/') {
            Target::Device(text.to_owned())
        } else if text.contains('-') {
            Target::Hall(text.to_owned())
        } else {
            Target::Commune(text.to_owned())
        }
    }
}

impl Target {
    /// Whether a device is meant.
    pub(super) fn covers(&self, commune: &str, hall: &str, full_name: &str) -> bool {
        match self {
            Target::Commune(name) => name == commune,
            Target::Hall(name) => name == hall,
            Target::Device(name) => name == full_name,
        }
    }
}
