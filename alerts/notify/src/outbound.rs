//! [`Outbound`]: the one way by which this program makes HTTP requests. Whatever posts to an address that people gave
//! goes through it.
//!
//! ```text
//!  URL ─▶ target: scheme, form of the host, address if it is one ─▶ resolver: every address of a name ─▶ connection to
//!                                    └────────── guard ──────────────────┘   one of the addresses that were checked
//! ```
//!
//! - `https` to public addresses; anything else, and any `http`, only to networks that the administrator allowed.
//! - All addresses of a name are checked, and the connection goes to them: nobody asks the name servers again in between.
//! - No redirects, no cookies, no proxy from the environment; a whole attempt within the timeout, and at most
//!   [`ANSWER_MAX`] of the answer are read.
//!
//! (OWASP, Server Side Request Forgery Prevention; ASVS 5.0 §1.3.6, §15.3.2.) It must not know what is sent, nor why.

mod answer;
pub mod guard;
mod resolver;
pub mod target;

use std::sync::Arc;
use std::time::Duration;

use inventory::network::IpNetwork;
use inventory::secret::Secret;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, Response};

use crate::notifier::SendError;
pub use answer::Answer;
pub(crate) use answer::said;
use guard::Refused;
pub use resolver::Lookup;
use resolver::{Checked, SystemLookup};
use target::{Target, TargetError};

/// How long one attempt may take, from the look-up of the name to the end of the answer.
pub const TIMEOUT: Duration = Duration::from_secs(10);
/// What is read of an answer. Reading it to its end keeps the connection for the next request, and providers that
/// answer in JSON repeat the whole message in it.
pub const ANSWER_MAX: usize = 64 * 1024;

/// Makes requests to the outside. Cheap to clone.
#[derive(Clone)]
pub struct Outbound {
    allow: Arc<[IpNetwork]>,
    /// Goes to public addresses and those that are allowed.
    https: Client,
    /// Goes to those that are allowed only.
    http: Client,
}

/// The client could not be built.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The TLS library refused its own defaults.
    #[error("TLS could not be set up")]
    Tls(#[source] rustls::Error),
    /// The HTTP library refused our limits.
    #[error("the HTTP client could not be set up")]
    Http(#[source] reqwest::Error),
}

impl Outbound {
    /// With the name servers of this machine. `allow`: which addresses may be reached although they are not public, or
    /// without TLS; `timeout` for a whole attempt, see [`TIMEOUT`].
    ///
    /// # Errors
    /// When TLS or HTTP cannot be set up, which would be a fault of this program.
    pub fn new(allow: Vec<IpNetwork>, timeout: Duration) -> Result<Self, ClientError> {
        Outbound::with_lookup(allow, timeout, Arc::new(SystemLookup))
    }

    /// With another way to look names up.
    ///
    /// # Errors
    /// As [`Outbound::new`].
    pub fn with_lookup(allow: Vec<IpNetwork>, timeout: Duration, lookup: Arc<dyn Lookup>) -> Result<Self, ClientError> {
        let allow: Arc<[IpNetwork]> = allow.into();
        let tls = tls()?;
        let client = |is_plain: bool| {
            let resolver = Checked { allow: Arc::clone(&allow), is_plain, lookup: Arc::clone(&lookup) };
            Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .https_only(!is_plain)
                .dns_resolver(Arc::new(resolver))
                .timeout(timeout)
                .connect_timeout(timeout)
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .no_proxy()
                .http1_only()
                .user_agent(concat!("VillageNet/", env!("CARGO_PKG_VERSION")))
                .build()
                .map_err(ClientError::Http)
        };
        let (https, http) = (client(false)?, client(true)?);
        Ok(Outbound { allow, https, http })
    }

    /// Reads and checks an address. A name is looked up and checked when something is sent.
    ///
    /// # Errors
    /// When it is no http or https URL with a host, or names an address that may not be reached.
    pub fn target(&self, url: &Secret) -> Result<Target, TargetError> {
        let target = Target::parse(url)?;
        self.check(&target)?;
        Ok(target)
    }

    fn check(&self, target: &Target) -> Result<(), Refused> {
        target.address().map_or(Ok(()), |address| guard::check(address, target.is_plain(), &self.allow))
    }

    /// Posts a body and reads the answer.
    ///
    /// # Errors
    /// When there is no answer; the error says whether another attempt can help.
    pub async fn post(&self, target: &Target, headers: HeaderMap, body: Vec<u8>) -> Result<Answer, SendError> {
        self.request(Method::POST, target, headers, body).await
    }

    /// Makes any request and reads the answer.
    ///
    /// # Errors
    /// As [`Outbound::post`].
    pub async fn request(
        &self,
        method: Method,
        target: &Target,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<Answer, SendError> {
        // The library asks no resolver about a host that is an address.
        self.check(target).map_err(|refused| SendError::permanent(format!("{target} is refused: {refused}")))?;
        let client = if target.is_plain() { &self.http } else { &self.https };
        let request = client.request(method, target.url().clone()).headers(headers).body(body);
        let response = request.send().await.map_err(|error| failure(target, error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Answer { status, headers, text: read_to_end(response).await })
    }
}

/// It trusts Mozilla's authorities, so that it works on a machine without certificates of its own, and those the
/// administrator has installed there, so that it works inside an organisation.
fn tls() -> Result<rustls::ClientConfig, ClientError> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    // Unreadable or unusual files among the system's certificates only make fewer peers trusted.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(ClientError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

/// Reads the answer, up to [`ANSWER_MAX`]. Whatever goes wrong here changes nothing: the status has been given.
async fn read_to_end(mut response: Response) -> String {
    let mut kept = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = ANSWER_MAX - kept.len();
        kept.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if kept.len() == ANSWER_MAX {
            break;
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// What went wrong before there was a status.
fn failure(target: &Target, error: reqwest::Error) -> SendError {
    let error = error.without_url();
    if error.is_builder() {
        return SendError::permanent(format!("the request to {target} cannot be made: {}", root_cause(&error)));
    }
    // A name may lead elsewhere tomorrow: the portal of a provider answers for every name while a bill is open.
    SendError::retryable(if let Some(refused) = refusal(&error) {
        format!("{target} is refused: {refused}")
    } else if error.is_timeout() {
        format!("{target} did not answer in time")
    } else if error.is_connect() {
        format!("{target} cannot be reached: {}", root_cause(&error))
    } else {
        format!("{target} gave no proper answer: {}", root_cause(&error))
    })
}

/// Whether the guard is behind an error.
fn refusal(error: &reqwest::Error) -> Option<&Refused> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return Some(refused);
        }
        cause = error.source();
    }
    None
}

/// The innermost error says most: `Connection refused`, `invalid peer certificate: Expired`.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
