//! What is wrong with a contact, a schedule or an escalation, in words.

use crate::app::error::AppError;
use crate::app::people_fault::{NAME_MOST, PeopleFault};
use crate::web::frame::Frame;

/// Whether a form says it; else it is a page of its own.
pub fn is_told(error: &AppError) -> bool {
    matches!(error, AppError::People(_) | AppError::Invalid(_) | AppError::Conflict(_))
}

/// Everything that is wrong.
pub fn texts(frame: &Frame, error: &AppError) -> Vec<String> {
    match error {
        AppError::People(faults) => faults.iter().map(|fault| text(frame, fault)).collect(),
        AppError::Conflict(_) => vec![frame.t("people-fault-named")],
        _ => vec![frame.t("people-fault-form")],
    }
}

fn text(frame: &Frame, fault: &PeopleFault) -> String {
    match fault {
        PeopleFault::NameMissing => frame.t("people-fault-name"),
        PeopleFault::Long(_) => frame.t1("people-fault-long", "most", NAME_MOST),
        PeopleFault::Control(_) => frame.t("people-fault-control"),
        PeopleFault::NameTaken(name) => frame.t1("people-fault-taken", "name", name),
        PeopleFault::Address { channel, address, .. } => {
            frame.t2("people-fault-address", "address", address, "channel", channel)
        }
        PeopleFault::AddressTwice => frame.t("people-fault-twice"),
        PeopleFault::QuietEqual => frame.t("people-fault-quiet"),
        PeopleFault::UnknownUser(_)
        | PeopleFault::UnknownContact(_)
        | PeopleFault::UnknownSchedule(_)
        | PeopleFault::UnknownChannel(_) => frame.t("people-fault-gone"),
        PeopleFault::NoRotation => frame.t("people-fault-no-rotation"),
        PeopleFault::Many(_, most) => frame.t1("people-fault-many", "most", most),
        PeopleFault::RotationEmpty(n) => frame.t1("people-fault-rotation-empty", "n", n),
        PeopleFault::RotationStart(n) => frame.t1("people-fault-rotation-start", "n", n),
        PeopleFault::RotationDays(n) => frame.t1("people-fault-rotation-days", "n", n),
        PeopleFault::HoursEqual(n) => frame.t1("people-fault-rotation-hours", "n", n),
        PeopleFault::OverrideEnds => frame.t("people-fault-stand-in-ends"),
        PeopleFault::OverrideOver => frame.t("people-fault-stand-in-over"),
        PeopleFault::OverrideLong => frame.t("people-fault-stand-in-long"),
        PeopleFault::NoSteps => frame.t("people-fault-no-steps"),
        PeopleFault::StepEmpty(n) => frame.t1("people-fault-step-empty", "n", n),
        PeopleFault::StepWait(n) => frame.t1("people-fault-step-wait", "n", n),
        PeopleFault::Unreachable { escalation, step, contact, channel } => {
            let contact = match channel {
                Some(channel) => frame.t2("people-fault-without-channel", "name", contact, "channel", channel),
                None => frame.t1("people-fault-without-address", "name", contact),
            };
            format!("{} {contact}", frame.t2("people-fault-at-step", "name", escalation, "n", step))
        }
    }
}
