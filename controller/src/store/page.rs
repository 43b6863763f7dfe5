//! Lists in pages. A cursor is the key of the last row that was given out, in a form that means nothing outside: rows
//! that come or go between two pages never shift the rest.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::account::folded;
use super::error::StoreError;

/// The most rows of one page.
pub const PAGE_MAX: u32 = 500;

/// Which page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageAsk {
    /// What [`Page::next`] of the page before said; `None` for the first page.
    pub cursor: Option<String>,
    /// The most rows of the page; more than [`PAGE_MAX`] counts as that, 0 as 1.
    pub limit: u32,
}

impl PageAsk {
    /// The first page, as long as a page may be.
    pub fn first() -> Self {
        PageAsk { cursor: None, limit: PAGE_MAX }
    }

    fn rows(&self) -> u32 {
        self.limit.clamp(1, PAGE_MAX)
    }

    /// One row more than the page, which tells whether there is a next one.
    pub(super) fn fetch(&self) -> i64 {
        i64::from(self.rows()) + 1
    }

    /// The key after which the page begins. Each list has a tag, so that a cursor of one is refused by the others.
    pub(super) fn after<K: DeserializeOwned>(&self, list: &str) -> Result<Option<K>, StoreError> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| StoreError::Cursor)?;
        let (tag, key): (String, K) = serde_json::from_slice(&bytes).map_err(|_| StoreError::Cursor)?;
        if tag == list { Ok(Some(key)) } else { Err(StoreError::Cursor) }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Asks for the next page; `None` on the last.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The page of these rows, of which there may be one too many.
    pub(super) fn cut<K: Serialize>(mut items: Vec<T>, ask: &PageAsk, list: &str, key: impl Fn(&T) -> K) -> Self {
        let rows = ask.rows() as usize;
        let has_more = items.len() > rows;
        items.truncate(rows);
        let last = items.last().filter(|_| has_more);
        let next = last.map(|item| {
            let bytes = serde_json::to_vec(&(list, key(item))).expect("numbers and texts can be written as JSON");
            URL_SAFE_NO_PAD.encode(bytes)
        });
        Page { items, next }
    }
}

impl<T> Page<T> {
    /// A page of a list that was read whole and is ordered by the names of its items in small letters.
    ///
    /// # Errors
    /// When the cursor is none of ours.
    pub fn by_name(
        mut items: Vec<T>,
        ask: &PageAsk,
        list: &str,
        name: impl Fn(&T) -> &String,
    ) -> Result<Self, StoreError> {
        let key = |item: &T| folded(name(item));
        if let Some(after) = ask.after::<String>(list)? {
            items.retain(|item| key(item) > after);
        }
        items.truncate(ask.rows() as usize + 1);
        Ok(Page::cut(items, ask, list, key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_to_the_row_after_the_last_and_ends_with_the_list() {
        let ask = PageAsk { cursor: None, limit: 2 };
        let page = Page::cut(vec![1_i64, 2, 3], &ask, "halls", |n| *n);
        assert_eq!(page.items, [1, 2]);
        let next = PageAsk { cursor: page.next, limit: 2 };
        assert_eq!(next.after::<i64>("halls").expect("a good cursor"), Some(2));
        assert_eq!(Page::cut(vec![3_i64], &next, "halls", |n| *n).next, None);
    }

    #[test]
    fn a_cursor_of_another_list_or_of_nobody_is_refused() {
        let page = Page::cut(vec![1_i64, 2], &PageAsk { cursor: None, limit: 1 }, "halls", |n| *n);
        for cursor in [page.next.expect("there is more"), "%%".to_owned(), String::new(), "bm9uZQ".to_owned()] {
            let ask = PageAsk { cursor: Some(cursor), limit: 1 };
            assert!(matches!(ask.after::<i64>("devices"), Err(StoreError::Cursor)));
        }
    }

    #[test]
    fn a_page_is_never_empty_by_request_nor_longer_than_the_most() {
        assert_eq!(PageAsk { cursor: None, limit: 0 }.fetch(), 2);
        assert_eq!(PageAsk { cursor: None, limit: 9_999 }.fetch(), 501);
    }
}
