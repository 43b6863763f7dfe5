//! Everybody who can be told, as the engine and the outbox know them: made of the records whenever these or the inventory
//! change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alerts::Input;
use alerts::people::{Contact, Escalation, People};
use inventory::id::{AreaId, ContactId, HallId};
use jiff::civil::Date;
use notify::Language;
use tokio::sync::watch;

use super::area::today;
use super::error::AppError;
use super::{App, silence};
use crate::judge::Seen;
use crate::store::{Address, EscalationRecord, PeopleRecord, StoreError};
use crate::world::World;

/// Where contacts can be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressBook(BTreeMap<ContactId, Card>);

/// What a message to a contact needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// His name.
    pub name: String,
    /// What he is told in.
    pub language: Language,
    /// Where he can be told, the usual way first.
    pub addresses: Vec<Address>,
}

impl AddressBook {
    /// What is known of a contact.
    pub fn card(&self, contact: ContactId) -> Option<&Card> {
        self.0.get(&contact)
    }

    fn of(record: &PeopleRecord) -> AddressBook {
        let card = |draft: &crate::store::ContactDraft| Card {
            name: draft.name.clone(),
            language: draft.language,
            addresses: draft.addresses.clone(),
        };
        AddressBook(record.contacts.iter().map(|record| (record.id, card(&record.draft))).collect())
    }
}

impl Card {
    /// Where he is told by this channel; by the first that he has when none is given.
    pub fn address(&self, channel: Option<&str>) -> Option<&Address> {
        self.addresses.iter().find(|address| channel.is_none_or(|channel| channel == address.channel))
    }
}

/// Everybody who can be told, for the engine. An area that has ended stands for what took over.
pub fn people(record: &PeopleRecord, world: &World, has_everybody: bool, today: Date) -> People {
    let escalation = |record: &EscalationRecord| Escalation {
        halls: record.draft.area.map(|area| halls_of(world, area, today)),
        least: record.draft.least,
        steps: record.draft.steps.clone(),
    };
    People {
        has_everybody,
        contacts: record.contacts.iter().map(|one| (one.id, Contact { quiet: one.draft.quiet })).collect(),
        schedules: record.schedules.iter().map(|one| (one.id, one.schedule())).collect(),
        escalations: record.escalations.iter().map(|one| (one.id, escalation(one))).collect(),
    }
}

fn halls_of(world: &World, area: AreaId, today: Date) -> BTreeSet<HallId> {
    let mut areas: Vec<AreaId> = world.areas.successors_on(area, today).iter().map(|area| area.id).collect();
    areas.push(area);
    let is_in = |hall: &&inventory::hall::Hall| areas.iter().any(|area| world.areas.is_within(hall.area, *area));
    world.fleet.halls().filter(is_in).map(|hall| hall.id).collect()
}

impl App {
    /// Everybody who can be told, as the engine knows them by now.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) async fn people_now(&self) -> Result<(PeopleRecord, People), AppError> {
        let record = self.db.people_load().await?;
        let people = people(&record, &self.world(), self.settings.has_everybody, self.today());
        Ok((record, people))
    }

    /// Lets the engine and the outbox know who can be told by now.
    pub(super) async fn people_tell(&self) -> Result<(), AppError> {
        let _one_at_a_time = self.telling.lock().await;
        let (record, people) = self.people_now().await?;
        self.address_book.send_replace(Arc::new(AddressBook::of(&record)));
        self.tell(vec![Input::People(Arc::new(people))]).await;
        Ok(())
    }

    /// Tells the engine. A judge that has ended reads it from the records at the next start.
    pub(super) async fn tell(&self, inputs: Vec<Input>) {
        let _ended = self.judge.send(Seen { inputs, batch: None }).await.is_err();
    }

    /// Puts another inventory in the place of the one before. What is said of an area holds for its halls of now: the
    /// engine hears anew what is silenced, and who is told.
    ///
    /// # Errors
    /// When it cannot be read what that is; the inventory before stays.
    pub async fn world_replace(&self, new: World, world: &watch::Sender<Arc<World>>) -> Result<(), StoreError> {
        let _one_at_a_time = self.telling.lock().await;
        let silences = silence::load(&self.db, &new, self.clock.now()).await?;
        let record = self.db.people_load().await?;
        let people = people(&record, &new, self.settings.has_everybody, self.today());
        world.send_replace(Arc::new(new));
        self.tell(vec![Input::Silences(silences), Input::People(Arc::new(people))]).await;
        Ok(())
    }
}

/// What a controller begins with: everybody who can be told, and where.
///
/// # Errors
/// When it cannot be read.
pub async fn load(
    db: &crate::store::Db,
    world: &World,
    has_everybody: bool,
    clock: &dyn inventory::clock::Clock,
) -> Result<(People, AddressBook), StoreError> {
    let record = db.people_load().await?;
    Ok((people(&record, world, has_everybody, today(clock)), AddressBook::of(&record)))
}

#[cfg(test)]
mod tests {
    use alerts::people::{Step, Target, Who};
    use alerts::rule::Severity;
    use inventory::area::{Area, AreaSuccession, AreaTree};
    use inventory::device::Lifecycle;
    use inventory::fleet::Fleet;
    use inventory::hall::{Hall, HallFacts};
    use inventory::id::EscalationId;
    use jiff::Timestamp;
    use jiff::civil::date;

    use super::*;
    use crate::store::EscalationDraft;

    fn area(id: i64, parent: Option<i64>, valid_to: Option<Date>) -> Area {
        Area {
            id: AreaId(id),
            code: id.to_string(),
            name: id.to_string(),
            kind: String::new(),
            parent: parent.map(AreaId),
            valid_from: None,
            valid_to,
        }
    }

    fn hall(id: i64, area: i64) -> Hall {
        Hall {
            id: HallId(id),
            code: format!("h-{id}").parse().expect("a code"),
            area: AreaId(area),
            facts: HallFacts::default(),
            lifecycle: Lifecycle::Active,
        }
    }

    #[test]
    fn an_escalation_is_about_all_halls_of_its_area_and_of_what_took_over() {
        // A district with two communes, of which the second was merged into a third one.
        let merged = date(2026, 7, 1);
        let areas =
            vec![area(1, None, None), area(2, Some(1), None), area(3, Some(1), Some(merged)), area(4, None, None)];
        let succession = AreaSuccession { old: AreaId(3), new: AreaId(4), date: merged };
        let world = World {
            fleet: Arc::new(Fleet::new(vec![hall(1, 2), hall(2, 4), hall(3, 2)], Vec::new())),
            areas: AreaTree::new(areas, vec![succession]),
            ..World::default()
        };
        let now = Timestamp::UNIX_EPOCH;
        let record = |(id, area): (i64, Option<i64>)| {
            let target = Target { who: Who::Contact(ContactId(1)), channel: None };
            let steps = vec![Step { wait_s: 0, targets: vec![target] }];
            let area = area.map(AreaId);
            let draft = EscalationDraft { name: id.to_string(), area, least: Severity::Warning, steps };
            EscalationRecord { id: EscalationId(id), draft, made_at: now, changed_at: now }
        };
        let escalations = [(1, None), (2, Some(1)), (3, Some(2)), (4, Some(3))].map(record).to_vec();
        let record = PeopleRecord { escalations, ..PeopleRecord::default() };
        let people = people(&record, &world, false, date(2026, 11, 27));
        let halls = people
            .escalations
            .values()
            .map(|one| one.halls.as_ref().map(|halls| halls.iter().map(|hall| hall.0).collect::<Vec<_>>()));
        let expected = [None, Some(vec![1, 3]), Some(vec![1, 3]), Some(vec![2])];
        assert_eq!(halls.collect::<Vec<_>>(), expected);
        assert!(!people.has_everybody);
    }

    #[test]
    fn somebody_is_told_by_the_channel_that_is_wanted_or_by_his_first() {
        let address = |channel: &str| Address { channel: channel.to_owned(), address: "x".to_owned() };
        let addresses = vec![address("sms"), address("mail")];
        let card = Card { name: "Hà".to_owned(), language: Language::Vi, addresses };
        let by = |channel| card.address(channel).map(|address| address.channel.as_str());
        assert_eq!([by(None), by(Some("mail")), by(Some("zalo"))], [Some("sms"), Some("mail"), None]);
    }
}
