//! View models: what each page shows, as domain values. One file per page.
//!
//! Fill the fields, call `render()` (`askama::Template`). All text is escaped by the templates; nothing here has to be.

pub mod api_docs;
pub mod audit;
pub mod condition;
pub mod contacts;
pub mod credentials;
pub mod decisions;
pub mod device;
pub mod error;
pub mod escalations;
pub mod failure;
pub mod fleet;
pub mod graph;
pub mod hall;
pub mod incidents;
pub mod ledger;
pub mod login;
pub mod people;
pub mod people_faults;
pub mod rules;
pub mod schedules;
pub mod silences;

#[cfg(test)]
mod contacts_samples;
#[cfg(test)]
mod credentials_samples;
#[cfg(test)]
mod incidents_samples;
#[cfg(test)]
mod ledger_samples;
#[cfg(test)]
mod people_samples;
#[cfg(test)]
mod rules_samples;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
