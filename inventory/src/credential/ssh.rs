//! What an agent shows to an SSH server, and until when it may speak old algorithms to it.

use jiff::civil::Date;

use crate::secret::Secret;

/// A log-in over SSH.
#[derive(Clone)]
pub struct Ssh {
    /// Who logs in.
    pub user: String,
    /// Where the server listens: [`Ssh::PORT`] unless the profile says otherwise.
    pub port: u16,
    /// How the user proves who it is.
    pub login: SshLogin,
    /// The last day on which algorithms that are no longer safe are offered too (SHA-1 key exchanges and host keys,
    /// CBC), for devices that have no other. Without a date they are never offered.
    pub legacy_until: Option<Date>,
}

/// How a user proves who it is.
#[derive(Clone)]
pub enum SshLogin {
    /// By password; a server that asks in dialogue (RFC 4256 keyboard-interactive) is answered with it too.
    Password(Secret),
    /// By a private key.
    Key {
        /// The key file's text.
        pem: Secret,
        /// What the key file is encrypted with.
        passphrase: Option<Secret>,
    },
}

impl Ssh {
    /// The port of SSH (RFC 4253 section 4.1).
    pub const PORT: u16 = 22;

    /// Whether old algorithms may be offered on this day.
    pub fn is_legacy_allowed(&self, today: Date) -> bool {
        self.legacy_until.is_some_and(|last| today <= last)
    }

    /// Whether another log-in opens the same in the same way. The answer must lead to nothing that a stranger sees.
    pub fn is_same(&self, other: &Ssh) -> bool {
        (&self.user, self.port, self.legacy_until) == (&other.user, other.port, other.legacy_until)
            && self.login.is_same(&other.login)
    }
}

impl SshLogin {
    fn is_same(&self, other: &SshLogin) -> bool {
        match (self, other) {
            (SshLogin::Password(one), SshLogin::Password(two)) => one.reveal() == two.reveal(),
            (SshLogin::Key { pem: one, passphrase: first }, SshLogin::Key { pem: two, passphrase: second }) => {
                one.reveal() == two.reveal()
                    && first.as_ref().map(Secret::reveal) == second.as_ref().map(Secret::reveal)
            }
            (SshLogin::Password(_) | SshLogin::Key { .. }, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn ssh(login: SshLogin, legacy_until: Option<Date>) -> Ssh {
        Ssh { user: "villagenet".to_owned(), port: Ssh::PORT, login, legacy_until }
    }

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn old_algorithms_are_allowed_to_the_end_of_the_last_day_and_never_without_one() {
        let until = ssh(SshLogin::Password(secret("x")), Some(date(2026, 12, 31)));
        assert!(until.is_legacy_allowed(date(2026, 12, 31)));
        assert!(!until.is_legacy_allowed(date(2027, 1, 1)));
        assert!(!ssh(SshLogin::Password(secret("x")), None).is_legacy_allowed(date(1970, 1, 1)));
    }

    #[test]
    fn any_difference_makes_another_log_in() {
        let key =
            |pem, passphrase: Option<&str>| SshLogin::Key { pem: secret(pem), passphrase: passphrase.map(secret) };
        let logins = [
            SshLogin::Password(secret("x")),
            SshLogin::Password(secret("y")),
            key("x", None),
            key("y", None),
            key("x", Some("x")),
            key("x", Some("y")),
        ];
        for (nth, one) in logins.iter().enumerate() {
            for (other, two) in logins.iter().enumerate() {
                assert_eq!(ssh(one.clone(), None).is_same(&ssh(two.clone(), None)), nth == other, "{nth} {other}");
            }
        }
        let base = ssh(logins[0].clone(), None);
        assert!(!base.is_same(&Ssh { user: "root".to_owned(), ..base.clone() }));
        assert!(!base.is_same(&Ssh { port: 2222, ..base.clone() }));
        assert!(!base.is_same(&Ssh { legacy_until: Some(date(2026, 12, 31)), ..base.clone() }));
    }
}
