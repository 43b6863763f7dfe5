//! What came to lie elsewhere by a succession of areas, in order: rights are told from it (`app::grant`).

use inventory::id::{AreaId, HallId};
use sqlx::FromRow;

use super::codec::at;
use super::db::{Tx, both};
use super::error::{Step as _, StoreError};

/// What moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// A hall, from one area into another.
    Hall(HallId),
    /// An area with all below it, from below one area to below another.
    Area(AreaId),
}

/// One move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AreaMove {
    /// Later ones have greater ids.
    pub id: i64,
    /// What moved.
    pub what: Moved,
    /// The area in which, or below which, it lay before.
    pub was: AreaId,
}

/// All moves, the first first.
pub(super) async fn area_move_all_in(tx: &mut Tx) -> Result<Vec<AreaMove>, StoreError> {
    let rows: Vec<AreaMoveRow> = both!(tx.link(), on => {
        sqlx::query_as("SELECT id, hall, area, was FROM area_move ORDER BY id").fetch_all(on).await
    })
    .step("area_move_all", "area_move")?;
    rows.into_iter().map(AreaMove::try_from).collect()
}

/// Remembers that every hall of an area is about to leave it.
pub(super) async fn halls_leave(tx: &mut Tx, area: AreaId) -> Result<(), StoreError> {
    both!(tx.link(), on => {
        sqlx::query("INSERT INTO area_move (hall, was) SELECT id, area FROM hall WHERE area = $1 ORDER BY id")
            .bind(area.0)
            .execute(on)
            .await
            .map(|_| ())
    })
    .step("halls_leave", area)
}

/// Remembers that a hall is about to leave its area.
pub(super) async fn hall_leaves(tx: &mut Tx, hall: HallId) -> Result<(), StoreError> {
    both!(tx.link(), on => {
        sqlx::query("INSERT INTO area_move (hall, was) SELECT id, area FROM hall WHERE id = $1").bind(hall.0).execute(on).await
            .map(|_| ())
    })
    .step("hall_leaves", hall)
}

/// Remembers that a hall of an area that has ended is about to be put into this one: a split, settled by hand.
pub(super) async fn hall_leaves_ended(tx: &mut Tx, code: &str, into: AreaId) -> Result<(), StoreError> {
    both!(tx.link(), on => {
        sqlx::query(
            "INSERT INTO area_move (hall, was) SELECT h.id, h.area FROM hall h JOIN area a ON a.id = h.area \
             WHERE h.code = $1 AND h.area <> $2 AND a.valid_to IS NOT NULL",
        )
        .bind(code)
        .bind(into.0)
        .execute(on)
        .await
        .map(|_| ())
    })
    .step("hall_leaves_ended", code)
}

/// Remembers that an area is about to leave the one above it.
pub(super) async fn area_leaves(tx: &mut Tx, area: AreaId, parent: AreaId) -> Result<(), StoreError> {
    both!(tx.link(), on => {
        sqlx::query("INSERT INTO area_move (area, was) VALUES ($1, $2)").bind(area.0).bind(parent.0).execute(on).await
            .map(|_| ())
    })
    .step("area_leaves", area)
}

#[derive(FromRow)]
struct AreaMoveRow {
    id: i64,
    hall: Option<i64>,
    area: Option<i64>,
    was: i64,
}

impl TryFrom<AreaMoveRow> for AreaMove {
    type Error = StoreError;
    fn try_from(row: AreaMoveRow) -> Result<Self, StoreError> {
        let what = match (row.hall, row.area) {
            (Some(hall), None) => Moved::Hall(HallId(hall)),
            (None, Some(area)) => Moved::Area(AreaId(area)),
            (Some(_), Some(_)) | (None, None) => {
                return Err(at("area_move", row.id).wrong("hall", "with an area, or without one"));
            }
        };
        Ok(AreaMove { id: row.id, what, was: AreaId(row.was) })
    }
}
