//! The page for what went wrong: what happened, and what to do next.

use askama::Template;

use crate::web::assets;
use crate::web::frame::Frame;

/// An error as a page.
#[derive(Debug, Clone, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// What every page knows.
    pub frame: Frame,
    /// What went wrong.
    pub problem: Problem,
    /// The id under which the log tells more; said for faults of ours.
    pub request_id: Option<String>,
}

/// What went wrong, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// 400: the request makes no sense.
    BadRequest,
    /// 401: nobody is logged in.
    NotSignedIn,
    /// 403: this account may not.
    NotAllowed,
    /// 403 until the second factor has been shown again.
    StepUp,
    /// 404: there is no such page, hall or device.
    NotFound,
    /// 404: a link that was good once is good no more.
    LinkSpent,
    /// 503: starting or stopping.
    NotReady,
    /// 500 and everything else: our fault.
    OurFault,
}

impl Problem {
    /// Every problem.
    pub const ALL: [Problem; 8] = [
        Problem::BadRequest,
        Problem::NotSignedIn,
        Problem::NotAllowed,
        Problem::StepUp,
        Problem::NotFound,
        Problem::LinkSpent,
        Problem::NotReady,
        Problem::OurFault,
    ];

    /// The problem behind an HTTP status.
    pub fn of_status(status: u16) -> Problem {
        match status {
            401 => Problem::NotSignedIn,
            403 => Problem::NotAllowed,
            404 | 410 => Problem::NotFound,
            400..=499 => Problem::BadRequest,
            503 => Problem::NotReady,
            _ => Problem::OurFault,
        }
    }
}

impl ErrorPage {
    fn title(&self) -> String {
        self.frame.t(match self.problem {
            Problem::BadRequest => "error-bad-request",
            Problem::NotSignedIn => "error-not-signed-in",
            Problem::NotAllowed => "error-not-allowed",
            Problem::StepUp => "error-step-up",
            Problem::NotFound => "error-not-found",
            Problem::LinkSpent => "error-link-spent",
            Problem::NotReady => "error-not-ready",
            Problem::OurFault => "error-our-fault",
        })
    }

    fn next_step(&self) -> String {
        self.frame.t(match self.problem {
            Problem::BadRequest => "error-bad-request-next",
            Problem::NotSignedIn => "error-not-signed-in-next",
            Problem::NotAllowed => "error-not-allowed-next",
            Problem::StepUp => "error-step-up-next",
            Problem::NotFound => "error-not-found-next",
            Problem::LinkSpent => "error-link-spent-next",
            Problem::NotReady => "error-not-ready-next",
            Problem::OurFault => "error-our-fault-next",
        })
    }

    fn offers_log_in(&self) -> bool {
        matches!(self.problem, Problem::NotSignedIn | Problem::LinkSpent)
    }
}
