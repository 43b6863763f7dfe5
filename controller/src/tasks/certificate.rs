//! Looks for a newer TLS certificate: one that somebody put in its place, or that has to be made because the old one ends.

use std::convert::Infallible;
use std::time::Duration;

use crate::app::App;
use crate::app::error::chain;
use crate::events::Event;
use crate::tls::Identity;

/// How often: who replaced the files looks at the result within this time.
pub const EVERY: Duration = Duration::from_secs(10);

/// Serves a new one from now on; a broken one is told of, and the old one stays.
///
/// # Errors
/// Never: a broken certificate is an event of its own, told once.
pub async fn run(app: &App, identity: &std::sync::Arc<Identity>) -> Result<Option<String>, Infallible> {
    let (looking, now, is_self_signed) = (std::sync::Arc::clone(identity), app.clock.now(), identity.is_self_signed());
    // Files are read and a key may be made: not on a thread that serves.
    let looked = tokio::task::spawn_blocking(move || looking.refresh(now)).await;
    match looked {
        Ok(Ok(None)) => Ok(None),
        Ok(Ok(Some(facts))) => {
            app.events.emit(Event::CertificateServed { facts: &facts, is_self_signed });
            Ok(Some(format!("serves {}", facts.fingerprint)))
        }
        Ok(Err(error)) => {
            app.events.emit(Event::CertificateRefused { is_self_signed, error: chain(&error) });
            Ok(None)
        }
        Err(broke) => {
            app.events.emit(Event::CertificateRefused { is_self_signed, error: broke.to_string() });
            Ok(None)
        }
    }
}
