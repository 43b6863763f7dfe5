//! The engine from outside: timelines as data, and random timelines against invariants.

mod cast;
mod random;
mod rows;
mod scenario;
mod simulation;
mod village;
