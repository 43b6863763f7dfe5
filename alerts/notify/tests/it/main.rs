//! Channels against receivers that run inside the test, on loopback: what is sent, and what is made of each answer.

mod alertmanager;
mod hardship;
mod ntfy;
mod outbound;
mod receiver;
mod sample;
mod sink;
mod sms;
mod smtp;
mod telegram;
mod webhook;
mod zalo;
