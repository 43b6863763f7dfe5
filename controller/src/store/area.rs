//! Areas and their succession. An area that was renamed or merged keeps its row, which ends on a day; another takes over
//! from that day, and the halls follow.

use std::collections::BTreeSet;

use inventory::area::{Area, AreaSuccession, AreaTree};
use inventory::id::AreaId;
use inventory::text::search_key;
use jiff::civil::Date;
use sqlx::FromRow;

use super::area_move::{area_leaves, halls_leave};
use super::audit::{AuditEntry, audit_append};
use super::codec::at;
use super::db::{Db, Tx, both};
use super::error::{Step as _, StoreError};
use super::meta::fleet_revision_bump;
use super::page::{Page, PageAsk};
use super::query::Select;

/// An area to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaDraft {
    /// Its official code.
    pub code: String,
    /// Name for people, NFC, without its level.
    pub name: String,
    /// Its level: `xã`, `huyện`, `tỉnh`; may be empty.
    pub kind: String,
    /// The area above it.
    pub parent: Option<AreaId>,
}

/// Who takes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Successor {
    /// An area that there is: a commune swallows another.
    Existing(AreaId),
    /// One that begins on that day: a merger under a new name, or a renaming.
    New(AreaDraft),
}

/// Which areas a list is of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AreaFilter {
    /// Those valid on this day only.
    pub valid_on: Option<Date>,
    /// Those that bear or bore this code only.
    pub code: Option<String>,
    /// Those whose code or name has these words, whatever their diacritics.
    pub search: Option<String>,
}

impl Db {
    /// Areas by code; of these only, where not all may be seen.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn area_list(
        &self,
        among: Option<&BTreeSet<AreaId>>,
        filter: &AreaFilter,
        ask: &PageAsk,
    ) -> Result<Page<Area>, StoreError> {
        let mut select = Select::new(AREAS);
        if let Some(among) = among {
            select.and_in("id", among.iter().map(|id| id.0));
        }
        if let Some((code, id)) = ask.after::<(String, i64)>("areas")? {
            select.and("(code, id) > (?, ?)", [code.into(), id.into()]);
        }
        if let Some(day) = filter.valid_on.map(|day| day.to_string()) {
            select.and("(valid_from IS NULL OR valid_from <= ?)", [day.clone().into()]);
            select.and("(valid_to IS NULL OR valid_to > ?)", [day.into()]);
        }
        if let Some(code) = &filter.code {
            select.and("code = ?", [code.as_str().into()]);
        }
        if let Some(words) = &filter.search {
            select.and_found(r"search LIKE ? ESCAPE '\'", words);
        }
        select.order(" ORDER BY code, id", ask.fetch());
        let rows: Vec<AreaRow> = select.rows(self, "area_list").await?;
        let areas = rows.into_iter().map(Area::try_from).collect::<Result<_, _>>()?;
        Ok(Page::cut(areas, ask, "areas", |area| (area.code.clone(), area.id.0)))
    }

    /// Makes an area, valid from a day on, or for as long as anybody knows.
    ///
    /// # Errors
    /// [`StoreError::AreaCodeTaken`], [`StoreError::Missing`] for its parent, or when it cannot be written.
    pub async fn area_create(
        &self,
        draft: &AreaDraft,
        valid_from: Option<Date>,
        audit: &AuditEntry<'_>,
    ) -> Result<AreaId, StoreError> {
        let step = "area_create";
        let mut tx = self.begin(step).await?;
        fleet_revision_bump(&mut tx).await?;
        let id = area_insert_checked(&mut tx, draft, valid_from).await?;
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(id)
    }

    /// Lets areas end on a day and another take over: a merger, or with one area a renaming. Called again with the same
    /// area and day and another successor it records a split. When the day has come, halls and areas below follow at
    /// once, else [`Db::areas_follow`] moves them then.
    ///
    /// # Errors
    /// [`StoreError::AreaNotValid`] when one of them does not exist on the day before; [`StoreError::AreaCodeTaken`];
    /// [`StoreError::Missing`]; or when it cannot be written.
    pub async fn area_succeed(
        &self,
        olds: &[AreaId],
        by: &Successor,
        on: Date,
        today: Date,
        audit: &AuditEntry<'_>,
    ) -> Result<AreaId, StoreError> {
        let step = "area_succeed";
        let mut tx = self.begin(step).await?;
        fleet_revision_bump(&mut tx).await?;
        let tree = area_tree_in(&mut tx).await?;
        for old in olds {
            area_end(&mut tx, &tree, *old, on).await?;
        }
        let new = match by {
            Successor::Existing(id) if tree.area(*id).is_some() => *id,
            Successor::Existing(id) => return Err(missing(*id)),
            Successor::New(draft) => area_insert_checked(&mut tx, draft, Some(on)).await?,
        };
        for old in olds.iter().filter(|old| **old != new) {
            succession_insert(&mut tx, AreaSuccession { old: *old, new, date: on }).await?;
        }
        areas_follow_in(&mut tx, today).await?;
        audit_append(&mut tx, audit).await?;
        tx.commit(step).await?;
        Ok(new)
    }

    /// Moves the halls, and the areas below, of areas that have ended to the one that took over. Halls of an area that was
    /// split stay where they are until a person says where they belong. Idempotent; to be called when a day begins.
    /// Gives how many halls moved; how many of what did is put among the details of the entry.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn areas_follow(&self, today: Date, audit: AuditEntry<'_>) -> Result<u64, StoreError> {
        let step = "areas_follow";
        let mut tx = self.begin(step).await?;
        let (halls, areas) = areas_follow_in(&mut tx, today).await?;
        if halls + areas > 0 {
            fleet_revision_bump(&mut tx).await?;
            let details = serde_json::json!({ "halls": halls, "areas": areas });
            audit_append(&mut tx, &AuditEntry { details, ..audit }).await?;
            tx.commit(step).await?;
        }
        Ok(halls)
    }
}

/// The areas of all times.
pub(super) async fn area_tree_in(tx: &mut Tx) -> Result<AreaTree, StoreError> {
    let step = "area_tree";
    let rows: Vec<AreaRow> = both!(tx.link(), on => {
        sqlx::query_as("SELECT id, code, name, kind, parent, valid_from, valid_to FROM area ORDER BY id").fetch_all(on).await
    })
    .step(step, "area")?;
    let steps: Vec<SuccessionRow> = both!(tx.link(), on => {
        sqlx::query_as("SELECT predecessor, successor, happened_on FROM area_succession ORDER BY predecessor, successor")
            .fetch_all(on)
            .await
    })
    .step(step, "area_succession")?;
    let areas = rows.into_iter().map(Area::try_from).collect::<Result<_, _>>()?;
    let steps = steps.into_iter().map(AreaSuccession::try_from).collect::<Result<_, _>>()?;
    Ok(AreaTree::new(areas, steps))
}

/// Writes an area as it is, unchecked.
pub(super) async fn area_insert(
    tx: &mut Tx,
    draft: &AreaDraft,
    valid_from: Option<Date>,
) -> Result<AreaId, StoreError> {
    let search = area_search(&draft.code, &draft.kind, &draft.name);
    both!(tx.link(), on => {
        sqlx::query_scalar(
            "INSERT INTO area (code, name, kind, parent, valid_from, search) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        )
        .bind(&draft.code)
        .bind(&draft.name)
        .bind(&draft.kind)
        .bind(draft.parent.map(|id| id.0))
        .bind(valid_from.map(|day| day.to_string()))
        .bind(search)
        .fetch_one(on)
        .await
    })
    .map(AreaId)
    .step("area_insert", &draft.code)
}

async fn area_insert_checked(tx: &mut Tx, draft: &AreaDraft, valid_from: Option<Date>) -> Result<AreaId, StoreError> {
    let tree = area_tree_in(tx).await?;
    if let Some(parent) = draft.parent.filter(|id| tree.area(*id).is_none()) {
        return Err(missing(parent));
    }
    // A code may be given again, but two areas never bear it on one day.
    let is_later = |area: &Area| matches!((area.valid_to, valid_from), (Some(to), Some(from)) if to <= from);
    if let Some(other) = tree.areas().iter().find(|area| area.code == draft.code && !is_later(area)) {
        return Err(StoreError::AreaCodeTaken { code: draft.code.clone(), by: other.id });
    }
    area_insert(tx, draft, valid_from).await
}

async fn area_end(tx: &mut Tx, tree: &AreaTree, id: AreaId, on: Date) -> Result<(), StoreError> {
    let area = tree.area(id).ok_or_else(|| missing(id))?;
    let began = area.valid_from.is_none_or(|from| from < on);
    if !began || area.valid_to.is_some_and(|to| to != on) {
        return Err(StoreError::AreaNotValid { area: id, on });
    }
    both!(tx.link(), tx => {
        sqlx::query("UPDATE area SET valid_to = $2 WHERE id = $1").bind(id.0).bind(on.to_string()).execute(tx).await.map(|_| ())
    })
    .step("area_end", id)
}

async fn succession_insert(tx: &mut Tx, step: AreaSuccession) -> Result<(), StoreError> {
    both!(tx.link(), on => {
        sqlx::query(
            "INSERT INTO area_succession (predecessor, successor, happened_on) VALUES ($1, $2, $3) \
             ON CONFLICT (predecessor, successor) DO UPDATE SET happened_on = excluded.happened_on",
        )
        .bind(step.old.0)
        .bind(step.new.0)
        .bind(step.date.to_string())
        .execute(on)
        .await
        .map(|_| ())
    })
    .step("succession_insert", step.old)
}

/// How many halls and how many areas moved.
async fn areas_follow_in(tx: &mut Tx, today: Date) -> Result<(u64, u64), StoreError> {
    let tree = area_tree_in(tx).await?;
    let (mut halls, mut areas) = (0, 0);
    for old in tree.areas().iter().filter(|area| area.valid_to.is_some_and(|to| to <= today)) {
        let into = tree.successors_on(old.id, today);
        let [new] = into.as_slice() else { continue };
        halls_leave(tx, old.id).await?;
        let moved = both!(tx.link(), on => {
            sqlx::query("UPDATE hall SET area = $2 WHERE area = $1").bind(old.id.0).bind(new.id.0).execute(on).await
                .map(|done| done.rows_affected())
        });
        halls += moved.step("areas_follow", old.id)?;
        let is_current = |area: &&Area| area.valid_to.is_none_or(|to| to > today);
        for below in
            tree.areas().iter().filter(|area| area.parent == Some(old.id) && area.id != new.id).filter(is_current)
        {
            area_leaves(tx, below.id, old.id).await?;
        }
        let moved = both!(tx.link(), on => {
            sqlx::query("UPDATE area SET parent = $2 WHERE parent = $1 AND id <> $2 AND (valid_to IS NULL OR valid_to > $3)")
                .bind(old.id.0)
                .bind(new.id.0)
                .bind(today.to_string())
                .execute(on)
                .await
                .map(|done| done.rows_affected())
        });
        areas += moved.step("areas_follow", old.id)?;
    }
    Ok((halls, areas))
}

fn area_search(code: &str, kind: &str, name: &str) -> String {
    search_key(&format!("{code} {kind} {name}"))
}

fn missing(id: AreaId) -> StoreError {
    StoreError::Missing { what: "area", name: id.to_string() }
}

const AREAS: &str = "SELECT id, code, name, kind, parent, valid_from, valid_to FROM area";

#[derive(FromRow)]
struct AreaRow {
    id: i64,
    code: String,
    name: String,
    kind: String,
    parent: Option<i64>,
    valid_from: Option<String>,
    valid_to: Option<String>,
}

impl TryFrom<AreaRow> for Area {
    type Error = StoreError;
    fn try_from(row: AreaRow) -> Result<Self, StoreError> {
        let at = at("area", row.id);
        Ok(Area {
            id: AreaId(row.id),
            valid_from: at.parse_if("valid_from", row.valid_from.as_deref())?,
            valid_to: at.parse_if("valid_to", row.valid_to.as_deref())?,
            code: row.code,
            name: row.name,
            kind: row.kind,
            parent: row.parent.map(AreaId),
        })
    }
}

#[derive(FromRow)]
struct SuccessionRow {
    predecessor: i64,
    successor: i64,
    happened_on: String,
}

impl TryFrom<SuccessionRow> for AreaSuccession {
    type Error = StoreError;
    fn try_from(row: SuccessionRow) -> Result<Self, StoreError> {
        let date = at("area_succession", row.predecessor).parse("happened_on", &row.happened_on)?;
        Ok(AreaSuccession { old: AreaId(row.predecessor), new: AreaId(row.successor), date })
    }
}
