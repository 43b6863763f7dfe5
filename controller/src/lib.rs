//! The controller: keeps, decides and shows.

pub mod api;
pub mod app;
pub mod backup;
pub mod channels;
pub mod config;
pub mod credentials;
pub mod disk;
pub mod events;
pub mod http;
pub mod judge;
pub mod link;
pub mod live;
pub mod message;
pub mod remote_write;
pub mod series;
pub mod store;
pub mod tasks;
pub mod tls;
pub mod vault;
pub mod web;
pub mod wiring;
pub mod world;
