//! villagenet
fn main() {}
