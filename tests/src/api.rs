//! A program that uses the HTTP side of the product.

use std::sync::Once;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE};
use reqwest::{Body, Certificate, Client, Method, RequestBuilder, Response, redirect};
use serde_json::Value;

use crate::person::Person;

/// One caller of one server. It follows no redirect, so that tests see them.
#[derive(Debug, Clone)]
pub struct Api {
    url: String,
    token: Option<String>,
    cookie: Option<String>,
    client: Client,
}

impl Api {
    /// A caller with a bearer token.
    pub fn with_token(url: String, token: &str) -> Self {
        Api { token: Some(token.to_owned()), ..Self::nobody(url) }
    }

    /// A caller without a login.
    pub fn nobody(url: String) -> Self {
        static RING: Once = Once::new();
        // A second installation in the same process is refused, and as good.
        RING.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let client = Client::builder().timeout(Duration::from_secs(20)).redirect(redirect::Policy::none()).build();
        Api { url, token: None, cookie: None, client: client.expect("the TLS provider was installed above") }
    }

    /// The same caller, who trusts this certificate (PEM) and no other.
    pub fn trusting(self, certificate: &[u8]) -> Self {
        let root = Certificate::from_pem(certificate).expect("a certificate");
        let client = Client::builder().timeout(Duration::from_secs(20)).redirect(redirect::Policy::none());
        let client = client.tls_certs_only([root]).build().expect("the TLS provider was installed by `nobody`");
        Api { client, ..self }
    }

    /// The same server without a login.
    pub fn anonymous(&self) -> Self {
        Api { token: None, cookie: None, ..self.clone() }
    }

    /// The same server with another token.
    pub fn as_token(&self, token: &str) -> Self {
        Api { token: Some(token.to_owned()), cookie: None, ..self.clone() }
    }

    /// The same server with a session's cookie, as a page of its own would send it.
    pub fn with_cookie(&self, cookie: &str) -> Self {
        Api { token: None, cookie: Some(cookie.to_owned()), ..self.clone() }
    }

    /// The session's cookie.
    pub fn cookie(&self) -> &str {
        self.cookie.as_deref().expect("there is a session")
    }

    /// A request as whoever this is.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        match (&self.token, &self.cookie) {
            (Some(token), _) => request.header(AUTHORIZATION, format!("Bearer {token}")),
            (None, Some(cookie)) => request.header(COOKIE, cookie).header("sec-fetch-site", "same-origin"),
            (None, None) => request,
        }
    }

    /// Where the server is, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends one request. `None` when the server could not be reached.
    pub async fn send(&self, method: Method, path: &str, accept: &str) -> Option<Response> {
        self.request(method, path).header(ACCEPT, accept).send().await.ok()
    }

    /// Sends one request with a body. `None` when the server could not be reached.
    pub async fn send_body(&self, method: Method, path: &str, kind: &str, body: impl Into<Body>) -> Option<Response> {
        self.request(method, path).header(CONTENT_TYPE, kind).body(body).send().await.ok()
    }

    /// Fills in the log-in form as a browser does. The status; `None` when the server could not be reached.
    pub async fn log_in(&self, person: &Person) -> Option<u16> {
        let text = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let form = format!("username={}&password={}", text(&person.name), text(&person.passphrase));
        let request = self.client.post(format!("{}/login", self.url)).body(form);
        let sent = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").send().await;
        Some(sent.ok()?.status().as_u16())
    }

    /// The status that a GET for JSON gets. `None` when the server could not be reached.
    pub async fn status(&self, path: &str) -> Option<u16> {
        Some(self.send(Method::GET, path, "application/json").await?.status().as_u16())
    }

    /// The body of a GET that must succeed.
    pub async fn text(&self, path: &str) -> String {
        let response = self.send(Method::GET, path, "*/*").await;
        let response = response.unwrap_or_else(|| panic!("GET {path}: the server could not be reached"));
        let status = response.status();
        let body = response.text().await.unwrap();
        assert!(status.is_success(), "GET {path}: {status}\n{body}");
        body
    }

    /// The JSON of a GET that must succeed.
    pub async fn json(&self, path: &str) -> Value {
        let body = self.text(path).await;
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("GET {path}: {error} in\n{body}"))
    }

    /// All items of a list, page by page.
    pub async fn items(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.json(&format!("{path}{cursor}")).await;
            let some = page["items"].as_array().unwrap_or_else(|| panic!("GET {path}: no items in {page}"));
            items.extend(some.iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("{}cursor={next}", if path.contains('?') { "&" } else { "?" }),
                None => return items,
            }
        }
    }

    /// The item of a list whose `key` is `value`.
    pub async fn find(&self, path: &str, key: &str, value: &str) -> Option<Value> {
        self.items(path).await.into_iter().find(|item| item[key] == value)
    }

    /// The value of the one sample of `/metrics` whose line starts with `name` and contains every one of `labels`.
    pub async fn metric(&self, name: &str, labels: &[&str]) -> Option<f64> {
        let text = self.text("/metrics").await;
        let line = text.lines().find(|line| {
            let rest = line.strip_prefix(name).unwrap_or_default();
            rest.starts_with(['{', ' ']) && labels.iter().all(|label| line.contains(label))
        })?;
        line.rsplit(' ').next()?.parse().ok()
    }
}
