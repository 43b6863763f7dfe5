//! A person with an account: a pass phrase, a phone with an authenticator app, and a browser's cookie. The app is an own
//! one (RFC 6238), so that a mistake shared with the product would be found.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac};
use reqwest::header::{CONTENT_TYPE, SET_COOKIE};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use sha1::Sha1;

use crate::api::Api;

/// Somebody who can log in.
#[derive(Debug, Clone)]
pub struct Person {
    /// The name of the account.
    pub name: String,
    /// Its pass phrase.
    pub passphrase: String,
    /// The key in the authenticator app, once it is set up.
    pub totp: Option<String>,
    /// Recovery codes that were not used yet.
    pub recovery: Vec<String>,
}

impl Person {
    /// Somebody who did not log in yet.
    pub fn new(name: &str, passphrase: &str) -> Self {
        Person { name: name.to_owned(), passphrase: passphrase.to_owned(), totp: None, recovery: Vec::new() }
    }

    /// Name and pass phrase only.
    pub async fn begin(&self, api: &Api) -> Response {
        post(api, "/api/v1/login", &json!({"username": self.name, "password": self.passphrase})).await
    }

    /// Logs in to the end; the first time the authenticator app is set up where it has to be. The caller has the cookie
    /// and no token.
    pub async fn log_in(&mut self, api: &Api) -> Api {
        let begun = self.begin(api).await;
        assert_eq!(begun.status(), StatusCode::OK, "{}: {:?}", self.name, begun.text().await);
        let cookie = cookie(&begun);
        let told: Value = begun.json().await.unwrap();
        let done = match told["status"].as_str().unwrap() {
            "complete" => return api.with_cookie(&cookie.expect("a cookie")),
            "second_factor" => {
                let code = self.recovery.pop().unwrap_or_else(|| self.code());
                let order = json!({"ticket": told["ticket"], "code": code});
                post(api, "/api/v1/login/second-factor", &order).await
            }
            "enrolment" => {
                self.totp = Some(told["totp_secret"].as_str().unwrap().to_owned());
                let order = json!({"ticket": told["ticket"], "code": self.code()});
                post(api, "/api/v1/login/enrolment", &order).await
            }
            other => panic!("status {other}"),
        };
        assert_eq!(done.status(), StatusCode::OK, "{:?}", done.text().await);
        let cookie = self::cookie(&done).expect("a cookie");
        let done: Value = done.json().await.unwrap();
        let codes = done["recovery_codes"].as_array().into_iter().flatten();
        self.recovery.extend(codes.map(|code| code.as_str().unwrap().to_owned()));
        api.with_cookie(&cookie)
    }

    /// What the app shows now.
    pub fn code(&self) -> String {
        self.code_after(Duration::ZERO)
    }

    /// What the app will show then.
    pub fn code_after(&self, later: Duration) -> String {
        let key = data_encoding::BASE32_NOPAD.decode(self.totp.as_deref().unwrap().as_bytes()).unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + later;
        let mut mac = Hmac::<Sha1>::new_from_slice(&key).unwrap();
        mac.update(&(now.as_secs() / 30).to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let at = usize::from(hash[19] & 15);
        let bits = u32::from_be_bytes(hash[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", bits % 1_000_000)
    }
}

/// The session's cookie that an answer sets.
pub fn cookie(response: &Response) -> Option<String> {
    let set = response.headers().get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    set.into_iter()
        .find_map(|text| text.starts_with("__Host-villagenet=").then(|| text.split(';').next().unwrap().to_owned()))
}

/// Posts JSON.
pub async fn post(api: &Api, path: &str, body: &Value) -> Response {
    let request = api.request(Method::POST, path).header(CONTENT_TYPE, "application/json");
    request.body(body.to_string()).send().await.unwrap()
}
