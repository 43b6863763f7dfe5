//! Queries whose conditions depend on what was asked. The text is put together from fixed pieces only; every value is
//! bound.

use inventory::text::search_key;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow};

use super::db::{Db, both};
use super::error::{Step as _, StoreError};
use super::scope::Scope;

/// A row that both backends can make.
pub(super) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static
{
}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static {}

/// A value to bind.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Number(i64),
    Text(String),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<String> for Value {
    /// No text that is kept has a NUL, and PostgreSQL takes none even to compare with.
    fn from(text: String) -> Self {
        Value::Text(if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text })
    }
}

/// A SELECT with conditions still to be added.
#[derive(Debug)]
pub(super) struct Select {
    text: String,
    values: Vec<Value>,
}

impl Select {
    /// `head` is everything before WHERE.
    pub(super) fn new(head: &'static str) -> Self {
        Select { text: format!("{head} WHERE TRUE"), values: Vec::new() }
    }

    /// Adds a condition; each `?` in it is one of the values, in order.
    pub(super) fn and<const N: usize>(&mut self, condition: &'static str, values: [Value; N]) {
        debug_assert_eq!(condition.matches('?').count(), N, "{condition}");
        self.text.push_str(" AND ");
        self.push(condition, values);
    }

    /// Adds `column IN (ids)`; nothing is in an empty list.
    pub(super) fn and_in(&mut self, column: &'static str, ids: impl IntoIterator<Item = i64>) {
        self.text.push_str(" AND ");
        self.push_in(column, ids);
    }

    /// Leaves only what a scope has: rows of its areas and of its halls.
    pub(super) fn within(&mut self, scope: &Scope, area_column: &'static str, hall_column: &'static str) {
        match scope {
            Scope::All => {}
            Scope::Part { areas, halls } => {
                self.text.push_str(" AND (");
                self.push_in(area_column, areas.iter().map(|area| area.0));
                self.text.push_str(" OR ");
                self.push_in(hall_column, halls.iter().map(|hall| hall.0));
                self.text.push(')');
            }
        }
    }

    fn push_in(&mut self, column: &'static str, ids: impl IntoIterator<Item = i64>) {
        let mut separator = " (";
        self.text.push_str(column);
        self.text.push_str(" IN");
        let before = self.values.len();
        for id in ids {
            self.text.push_str(separator);
            self.push("?", [id.into()]);
            separator = ", ";
        }
        self.text.push_str(if self.values.len() == before { " (NULL)" } else { ")" });
    }

    /// Adds a condition with a pattern that finds this text anywhere, in small ASCII letters.
    pub(super) fn and_contains(&mut self, condition: &'static str, text: &str) {
        let mut pattern = String::from("%");
        push_literal(&mut pattern, &text.to_ascii_lowercase());
        pattern.push('%');
        self.and(condition, [pattern.into()]);
    }

    /// Adds one condition for each word: all of them must occur, whatever their diacritics and case.
    pub(super) fn and_found(&mut self, condition: &'static str, words: &str) {
        for word in search_key(words).split_whitespace() {
            let mut pattern = String::from("%");
            push_literal(&mut pattern, word);
            pattern.push('%');
            self.and(condition, [pattern.into()]);
        }
    }

    /// Adds the order and how many rows.
    pub(super) fn order(&mut self, order: &'static str, rows: i64) {
        self.text.push_str(order);
        self.push(" LIMIT ?", [rows.into()]);
    }

    /// Adds what comes last where every row is wanted.
    pub(super) fn end(&mut self, tail: &'static str) {
        self.text.push_str(tail);
    }

    fn push<const N: usize>(&mut self, piece: &'static str, values: [Value; N]) {
        let mut values = values.into_iter();
        let mut rest = piece;
        while let (Some((before, after)), Some(value)) = (rest.split_once('?'), values.next()) {
            self.values.push(value);
            self.text.push_str(before);
            self.text.push('$');
            self.text.push_str(&self.values.len().to_string());
            rest = after;
        }
        self.text.push_str(rest);
    }

    /// The rows.
    pub(super) async fn rows<R: Row>(self, db: &Db, step: &'static str) -> Result<Vec<R>, StoreError> {
        let Select { text, values } = self;
        both!(db.reader(), pool => {
            let mut query = sqlx::query_as(AssertSqlSafe(text));
            for value in values {
                query = match value {
                    Value::Number(number) => query.bind(number),
                    Value::Text(text) => query.bind(text),
                };
            }
            query.fetch_all(pool).await
        })
        .step(step, "list")
    }
}

/// Adds text to a pattern of LIKE so that it means itself.
fn push_literal(pattern: &mut String, text: &str) {
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
}

#[cfg(test)]
mod tests {
    use inventory::id::{AreaId, HallId};

    use super::*;

    #[test]
    fn conditions_become_numbered_placeholders_and_values_stay_out_of_the_text() {
        let mut select = Select::new("SELECT id FROM hall");
        select.and("(code, id) > (?, ?)", ["dr-01'; DROP".into(), 4.into()]);
        select.and_in("area", [1, 2]);
        select.and_in("area", []);
        select.and_found(r"search LIKE ? ESCAPE '\'", "Đạ  100%");
        select.within(&Scope::All, "area", "id");
        let (areas, halls) = ([AreaId(7)].into(), [HallId(8), HallId(9)].into());
        select.within(&Scope::Part { areas, halls }, "area", "id");
        select.order(" ORDER BY code", 3);
        assert_eq!(
            select.text,
            r"SELECT id FROM hall WHERE TRUE AND (code, id) > ($1, $2) AND area IN ($3, $4) AND area IN (NULL) AND search LIKE $5 ESCAPE '\' AND search LIKE $6 ESCAPE '\' AND (area IN ($7) OR id IN ($8, $9)) ORDER BY code LIMIT $10"
        );
        assert_eq!(
            select.values[4..],
            [Value::from("%da%"), Value::from(r"%100\%%"), 7.into(), 8.into(), 9.into(), 3.into()]
        );
    }
}
