//! The pages: what people see in a browser.
//!
//! ```text
//!  handler (elsewhere) ──▶ view::XxxPage { frame, … } ──render()──▶ templates/xxx.html ──▶ finished HTML
//!                             ▲ language (words, formats)   ▲ part, strip (state marks, times, strips)
//! ```
//!
//! A view model is a plain struct of domain values, ready to be shown; its template turns it into HTML. Nothing here
//! asks the store, reads a clock or knows a request: handlers fill the views and send what they render.
//!
//! Read next: [`view::fleet`], then [`frame`]. How to add a page: `controller/docs/pages.md`.

pub mod assets;
pub mod format;
pub mod frame;
pub mod language;
pub mod pages;
pub mod part;
pub mod strip;
pub mod view;
pub mod why;

/// What a page may load and who may frame it (safety B12): only our own files, nothing inline.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'; object-src 'none'";
