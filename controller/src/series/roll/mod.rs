//! Hours and days: what is left of samples when they are gone, and what long stretches are read from.
//!
//! `span` is how they are packed, pure; `make` makes those of a day of a device once it is packed; `read` gives those of
//! a window, and says from when on the samples themselves count.

pub(super) mod make;
mod read;
mod span;

#[cfg(test)]
mod tests;

pub(super) use read::Rolled;
pub(super) use span::{Grain, Span};
