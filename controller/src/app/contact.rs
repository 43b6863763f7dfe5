//! Contacts: kept by administrators of everything. Technicians see who there is; where somebody can be told is shown to
//! himself and to administrators.

use alerts::quiet::QuietHours;
use inventory::id::{AccountId, ContactId};
use jiff::civil::Time;
use notify::Language;
use serde_json::json;

use super::App;
use super::audit::Actor;
use super::error::AppError;
use super::people_fault::{PeopleFault, checked, name, newly_unreachable, words};
use super::principal::{Principal, Role, Who};
use crate::channels::check_address;
use crate::store::{Address, AuditAction, AuditEntry, ContactDraft, ContactRecord, Page, PageAsk, PersonDeleted};

/// Addresses of one contact.
const ADDRESSES_MOST: usize = 10;

/// What is to be known of a contact.
#[derive(Debug, Clone, Default)]
pub struct ContactWish {
    /// His name, or that of a post.
    pub name: String,
    /// What he is.
    pub post: String,
    /// What he is told in; the language of the installation when not given.
    pub language: Option<Language>,
    /// Whose account he logs in with.
    pub account: Option<AccountId>,
    /// Where he can be told, the usual way first.
    pub addresses: Vec<Address>,
    /// From when until when he is not to be told of what can wait.
    pub quiet: Option<(Time, Time)>,
}

impl App {
    /// A page of contacts.
    ///
    /// # Errors
    /// When he is no technician, the cursor is none of ours, or they cannot be read.
    pub async fn contact_list(&self, principal: &Principal, ask: &PageAsk) -> Result<Page<ContactRecord>, AppError> {
        let people = self.people(principal).await?;
        Ok(Page::by_name(people.contacts, ask, "contacts", |record| &record.draft.name)?)
    }

    /// One contact.
    ///
    /// # Errors
    /// As [`App::contact_list`]; or there is none.
    pub async fn contact(&self, principal: &Principal, id: ContactId) -> Result<ContactRecord, AppError> {
        let people = self.people(principal).await?;
        people.contact(id).cloned().ok_or_else(|| AppError::NotFound { what: "contact", id: id.to_string() })
    }

    /// Whether he may see where this contact can be told, and set its quiet hours.
    pub fn contact_is_open(&self, principal: &Principal, contact: &ContactRecord) -> bool {
        principal.require_everywhere(Role::Admin).is_ok()
            || contact.draft.account.is_some_and(|id| is_own(principal, id))
    }

    /// Makes a contact, or with an id changes one.
    ///
    /// # Errors
    /// When he does not administer everything; everything that is wrong with it; there is none of this id; or it cannot
    /// be written.
    pub async fn contact_write(
        &self,
        principal: &Principal,
        id: Option<ContactId>,
        wish: ContactWish,
    ) -> Result<ContactRecord, AppError> {
        principal.require_everywhere(Role::Admin)?;
        if let Some(id) = id {
            self.contact(principal, id).await?;
        }
        let draft = self.contact_draft(wish).await?;
        self.contact_put(principal, id, draft).await
    }

    /// Sets the quiet hours of a contact: administrators, and whose contact it is.
    ///
    /// # Errors
    /// When he may not; they are none; there is no such contact; or it cannot be written.
    pub async fn contact_quiet(
        &self,
        principal: &Principal,
        id: ContactId,
        quiet: Option<(Time, Time)>,
    ) -> Result<ContactRecord, AppError> {
        let record = self.contact(principal, id).await?;
        if !self.contact_is_open(principal, &record) {
            return Err(AppError::Forbidden(Role::Admin));
        }
        let mut faults = Vec::new();
        let draft = ContactDraft { quiet: quiet_hours(quiet, &mut faults), ..record.draft };
        self.contact_put(principal, Some(id), checked(draft, faults)?).await
    }

    /// Removes a contact that nothing names.
    ///
    /// # Errors
    /// When he does not administer everything; there is none of this id; schedules or escalations name it, which are
    /// listed; or it cannot be written.
    pub async fn contact_delete(&self, principal: &Principal, id: ContactId) -> Result<(), AppError> {
        principal.require_everywhere(Role::Admin)?;
        let record = self.contact(principal, id).await?;
        let actor = Actor::of(principal);
        let entry = actor.did(self.clock.now(), AuditAction::ContactDelete, format!("contact {}", record.draft.name));
        match self.db.contact_delete(id, &entry).await? {
            PersonDeleted::Deleted => self.people_tell().await,
            PersonDeleted::Named(names) => Err(named("contact", &record.draft.name, &names)),
        }
    }

    async fn contact_put(
        &self,
        principal: &Principal,
        id: Option<ContactId>,
        draft: ContactDraft,
    ) -> Result<ContactRecord, AppError> {
        let before = self.db.people_load().await?;
        let mut after = before.clone();
        if let Some(record) = after.contacts.iter_mut().find(|record| Some(record.id) == id) {
            record.draft = draft.clone();
        }
        let faults = newly_unreachable(&before, &after);
        let draft = checked(draft, faults)?;
        let actor = Actor::of(principal);
        let action = if id.is_some() { AuditAction::ContactChange } else { AuditAction::ContactCreate };
        // Not where: the log is read by more people.
        let channels: Vec<&str> = draft.addresses.iter().map(|address| address.channel.as_str()).collect();
        let quiet = draft.quiet.map(|quiet| format!("{}–{}", quiet.from, quiet.until));
        let entry = AuditEntry {
            details: json!({ "post": draft.post, "channels": channels, "quiet": quiet }),
            ..actor.did(self.clock.now(), action, format!("contact {}", draft.name))
        };
        let written = self.db.contact_write(id, &draft, &entry).await?;
        let id = written.ok_or_else(|| AppError::People(vec![PeopleFault::NameTaken(draft.name.clone())]))?;
        self.people_tell().await?;
        self.contact(principal, id).await
    }

    async fn contact_draft(&self, wish: ContactWish) -> Result<ContactDraft, AppError> {
        let mut faults = Vec::new();
        let mut addresses: Vec<Address> = Vec::new();
        for Address { channel, address } in wish.addresses {
            match check_address(&self.settings.channels, &channel, &address) {
                Ok(address) => addresses.push(Address { channel, address }),
                Err(why) => faults.push(PeopleFault::Address { channel, address, why }),
            }
        }
        let is_twice = |(n, address): (usize, &Address)| addresses[..n].contains(address);
        if addresses.len() > ADDRESSES_MOST || addresses.iter().enumerate().any(is_twice) {
            faults.push(PeopleFault::AddressTwice);
        }
        if let Some(account) = wish.account
            && self.db.account_by_id(account).await?.is_none()
        {
            faults.push(PeopleFault::UnknownUser(account));
        }
        let draft = ContactDraft {
            name: name(&wish.name, &mut faults),
            post: words("position", &wish.post, &mut faults),
            language: wish.language.unwrap_or(self.settings.language),
            account: wish.account,
            addresses,
            quiet: quiet_hours(wish.quiet, &mut faults),
        };
        checked(draft, faults)
    }
}

/// Whether this is the account of who asks.
pub(super) fn is_own(principal: &Principal, account: AccountId) -> bool {
    match &principal.who {
        Who::Account { id, .. } => *id == account,
        Who::Token { account: owner, .. } => *owner == account,
        Who::System => false,
    }
}

/// What is refused because something else names it.
pub(super) fn named(what: &str, name: &str, names: &[String]) -> AppError {
    let names = names.join(", ");
    AppError::Conflict(format!("{what} {name:?} is named by {names}; take it out there first"))
}

fn quiet_hours(quiet: Option<(Time, Time)>, faults: &mut Vec<PeopleFault>) -> Option<QuietHours> {
    let (from, until) = quiet?;
    if from == until {
        faults.push(PeopleFault::QuietEqual);
    }
    Some(QuietHours { from, until })
}
