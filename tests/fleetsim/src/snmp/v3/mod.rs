//! SNMPv3 with the user-based security model (RFC 3412, 3414, 3826, 7860), as an agent speaks it. Written from the
//! RFCs for this agent alone; nothing of it is shared with the product.
//!
//! | file | its job |
//! |---|---|
//! | `user` | who may ask, with which algorithms |
//! | `keys` | pass phrases to keys, digests |
//! | `cipher` | DES-CBC and AES-CFB |
//! | `message` | bytes of a message, read and written |
//! | `engine` | engine id, boots, time; who is answered and who gets which Report |

pub(super) mod engine;
pub(super) mod message;

mod cipher;
mod keys;
mod user;

pub use engine::Stat;
pub use user::{Auth, Extension, Privacy, User};
