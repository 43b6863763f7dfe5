//! The house is as README.md says: which package may know which, and the invariants that a reader of the sources can
//! check. No server is needed here.

mod edges;
mod readme;
mod sources;
