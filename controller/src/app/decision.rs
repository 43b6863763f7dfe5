//! Why people were, or were not, told.

use std::collections::BTreeMap;

use inventory::hall::HallCode;
use inventory::id::{ContactId, ScheduleId};

use super::App;
use super::error::AppError;
use super::principal::{Principal, Role};
use crate::store::{DecisionFilter, DecisionRecord, Page, PageAsk};

/// A page of decisions, with the names of those they are about.
#[derive(Debug)]
pub struct DecisionsSeen {
    /// The decisions, the latest first.
    pub page: Page<DecisionRecord>,
    /// Names of contacts.
    pub contacts: BTreeMap<ContactId, String>,
    /// Names of schedules.
    pub schedules: BTreeMap<ScheduleId, String>,
}

impl App {
    /// A page of decisions about what lies in his part: those about a hall, or about telling a contact.
    ///
    /// # Errors
    /// When the hall does not exist, the cursor is none of ours, or the records cannot be read.
    pub async fn decision_page(
        &self,
        principal: &Principal,
        hall: Option<HallCode>,
        contact: Option<ContactId>,
        ask: &PageAsk,
    ) -> Result<DecisionsSeen, AppError> {
        let scope = principal.require(Role::Viewer)?;
        let (hall, _) = self.place(principal, hall, None).await?;
        let page = self.db.decision_page(&scope, &DecisionFilter { hall, contact }, ask).await?;
        let people = self.db.people_load().await?;
        Ok(DecisionsSeen {
            page,
            contacts: people.contacts.into_iter().map(|contact| (contact.id, contact.draft.name)).collect(),
            schedules: people.schedules.into_iter().map(|schedule| (schedule.id, schedule.draft.name)).collect(),
        })
    }
}
