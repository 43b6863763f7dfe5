//! controller

pub mod config;
pub mod series;
pub mod store;
pub mod web;
