//! Channels against receivers that run inside the test, on loopback: what is sent, and what is made of each answer.

mod outbound;
mod receiver;
mod sample;
mod sink;
mod smtp;
mod webhook;
