//! villagenet-tests
