//! SNMPv3 with the user-based security model (RFC 3412, 3414, 3826, 7860), on the socket of the other versions.
//!
//! | file | its job |
//! |---|---|
//! | `keys` | pass phrases to keys, digests |
//! | `cipher` | DES-CBC and AES-CFB |
//! | `message` | the bytes of a message, read and written |
//! | `engine` | a device's engine: its id, its boots and its time as we count it on; what a Report says |
//! | `asked` | the judgement over what comes back for one request |
//! | `session` | what is known of each device between exchanges |
//! | `exchange` | discovery, request, what is healed and what is told |
//!
//! The primitives are RustCrypto's. snmp2 has them too, but shows neither the context engine of an encrypted answer nor
//! the bytes of its varbinds, believes boots and time before it has checked the digest, and refuses whoever announces
//! more than 65,507 bytes: what must be checked here could not be checked through it. The values are decoded as those of
//! the other versions are, by `codec`.

pub(super) mod asked;
pub(super) mod message;
pub(super) mod session;

mod cipher;
mod engine;
mod exchange;
mod keys;
