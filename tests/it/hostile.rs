//! Devices that misbehave on purpose, beside one that does not.
