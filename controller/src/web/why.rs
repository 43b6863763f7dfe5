//! Why something is, or was, lost: the words of messages, on pages.

use alerts::cause::{Cause, Evidence};
use alerts::outage::Outage;
use inventory::device::DeviceKind;
use notify::text::why;

use super::frame::Frame;

/// What is known of why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Why {
    cause: Cause,
    suspected: Cause,
    evidence: Evidence,
    is_open: bool,
}

impl Why {
    /// Of an outage.
    pub fn of(outage: &Outage) -> Why {
        let Outage { cause, suspected, evidence, .. } = *outage;
        Why { cause, suspected, evidence, is_open: outage.end.is_none() }
    }

    /// Whether it hangs behind something else that is lost.
    pub fn is_cut_off(&self) -> bool {
        self.cause == Cause::CutOff
    }

    /// `mất điện`, or `nghi do mất điện` while it lasts; nothing while nothing is known.
    pub fn words(&self, frame: &Frame) -> Option<String> {
        match (self.cause, self.suspected) {
            (Cause::Unknown, Cause::Unknown) => None,
            (Cause::Unknown, suspected) if self.is_open => {
                Some(frame.t1("cause-suspected", "cause", why::cause(suspected, frame.language.into())))
            }
            (Cause::Unknown, _) => None,
            (cause, _) => Some(why::cause(cause, frame.language.into())),
        }
    }

    /// The same, or that it is not known.
    pub fn or_unknown(&self, frame: &Frame) -> String {
        self.words(frame).unwrap_or_else(|| why::cause(Cause::Unknown, frame.language.into()))
    }

    /// What says so, a line for each fact; nothing where nothing is claimed.
    pub fn facts(&self, frame: &Frame) -> Vec<String> {
        match self.words(frame) {
            Some(_) => why::facts(&self.evidence, frame.language.into()),
            None => Vec::new(),
        }
    }

    /// What to bring for what is suspected, to a device of this kind.
    pub fn bring(&self, kind: DeviceKind, frame: &Frame) -> String {
        why::bring(self.suspected, kind, frame.language.into())
    }
}
