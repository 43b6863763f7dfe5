//! Contacts: who can be told, where, and when not of what can wait.

use askama::Template;

use crate::web::assets;
use crate::web::frame::Frame;

/// The page `/contacts`.
#[derive(Debug, Clone, Template)]
#[template(path = "contacts.html")]
pub struct ContactsPage {
    /// What every page knows.
    pub frame: Frame,
    /// Contacts by name.
    pub rows: Vec<ContactRow>,
    /// Whether who looks keeps them.
    pub is_keeper: bool,
    /// The sections by which people can be reached, each with an address as it might be.
    pub channels: Vec<(String, &'static str)>,
    /// Whose contact one can be: id and name of the user.
    pub users: Vec<(String, String)>,
    /// A new contact, as far as it was filled in.
    pub new: ContactForm,
    /// What was wrong.
    pub faults: Vec<String>,
}

/// A contact.
#[derive(Debug, Clone)]
pub struct ContactRow {
    /// Its id.
    pub id: i64,
    /// His name.
    pub name: String,
    /// What he is.
    pub post: String,
    /// Where he can be told; by what alone, for who may not see where.
    pub told: Vec<String>,
    /// `22:00–05:30`.
    pub quiet: Option<String>,
    /// What names him: schedules and escalations.
    pub used_in: Vec<String>,
    /// Whether who looks may set the quiet hours.
    pub is_open: bool,
    /// Whether this is what was just tried.
    pub is_tried: bool,
    /// What its form holds.
    pub form: ContactForm,
}

/// What a form holds.
#[derive(Debug, Clone, Default)]
pub struct ContactForm {
    /// His name.
    pub name: String,
    /// What he is.
    pub post: String,
    /// `vi` or `en`.
    pub language: String,
    /// Id of a user.
    pub user: String,
    /// Sections and addresses, with some empty ones.
    pub addresses: Vec<(String, String)>,
    /// `22:00`.
    pub quiet_from: String,
    /// `05:30`.
    pub quiet_until: String,
}
