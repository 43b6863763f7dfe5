//! One session: connection, host key, log-in, commands.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use inventory::credential::{Ssh, SshLogin};
use inventory::device::HostKeyFingerprint;
use inventory::secret::Secret;
use jiff::civil::Date;
use russh::client::{
    AuthResult, Handle, Handler, KeyboardInteractiveAuthResponse as Dialogue, Session as ClientSession,
};
use russh::keys::{HashAlg, PrivateKeyWithHashAlg, PublicKeyOrCertificate, decode_secret_key};
use russh::{AlgorithmKind, ChannelMsg, MethodKind, MethodSet, Names};
use tokio::net::TcpStream;

use super::algorithms;
use super::error::{SshError, told};

/// The longest that making the connection, agreeing on keys, and logging in may each take.
const STEP_MAX: Duration = Duration::from_secs(10);

/// The most output of one command that is read (D10 of safety.md).
pub(super) const OUTPUT_MAX: usize = 8 * 1024 * 1024;

/// Rounds of questions, and questions in a round, that a log-in in dialogue is followed for.
const ROUNDS_MAX: usize = 4;
const PROMPTS_MAX: usize = 4;

/// The way into one device.
#[derive(Clone)]
pub struct Door {
    /// Where its SSH server listens.
    pub address: SocketAddr,
    /// Who logs in, and how.
    pub ssh: Ssh,
    /// The host key it has to show; without one nobody logs in.
    pub host_key: Option<HostKeyFingerprint>,
}

impl Door {
    /// Whether a session through one of them is as good as one through the other.
    pub(super) fn is_same(&self, other: &Door) -> bool {
        self.address == other.address && self.host_key == other.host_key && self.ssh.is_same(&other.ssh)
    }
}

/// An open session with a user logged in.
pub(super) struct Session {
    address: SocketAddr,
    handle: Handle<Gate>,
    /// What the server calls itself: its identification string (RFC 4253 §4.2).
    pub(super) server: String,
    /// It has run a command: if it is found closed, it may have ended while it was idle.
    pub(super) has_served: bool,
}

/// Lets nobody past who does not show the pinned key.
struct Gate {
    pinned: Option<HostKeyFingerprint>,
    offered: Arc<Mutex<Option<HostKeyFingerprint>>>,
    server: Arc<Mutex<String>>,
}

impl Handler for Gate {
    type Error = russh::Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        let offered: Option<HostKeyFingerprint> =
            key.public_key().fingerprint(HashAlg::Sha256).to_string().parse().ok();
        let is_pinned = offered.is_some() && offered == self.pinned;
        *self.offered.lock().expect("no holder of this lock can panic") = offered;
        Ok(is_pinned)
    }

    async fn kex_done(&mut self, _: Option<&[u8]>, _: &Names, session: &mut ClientSession) -> Result<(), Self::Error> {
        let server = told(&String::from_utf8_lossy(session.remote_sshid()));
        *self.server.lock().expect("no holder of this lock can panic") = server;
        Ok(())
    }
}

/// The host key that a server shows, without logging in, whatever the door has pinned.
///
/// # Errors
/// When there is none to be seen.
pub async fn offered_key(door: &Door, today: Date, patience: Duration) -> Result<HostKeyFingerprint, SshError> {
    let unpinned = Door { host_key: None, ..door.clone() };
    match Session::connect(&unpinned, today, patience).await {
        Ok(_) => Err(no_host_key(door.address)),
        Err(error) => error.offered_host_key().cloned().ok_or(error),
    }
}

impl Session {
    /// Connects, checks the host key and logs in.
    pub(super) async fn open(door: &Door, today: Date, patience: Duration) -> Result<Session, SshError> {
        let mut session = Session::connect(door, today, patience).await?;
        let log_in = session.log_in(&door.ssh, door.ssh.is_legacy_allowed(today));
        within(door.address, "logging in", patience.min(STEP_MAX), log_in).await??;
        Ok(session)
    }

    async fn connect(door: &Door, today: Date, patience: Duration) -> Result<Session, SshError> {
        let Door { address, ssh, host_key } = door;
        let (address, limit) = (*address, patience.min(STEP_MAX));
        let stream = within(address, "connecting", limit, TcpStream::connect(address)).await?;
        let stream = stream.map_err(|error| unconnected(address, &error))?;
        stream.set_nodelay(true).map_err(|error| unconnected(address, &error))?;
        let offered = Arc::new(Mutex::new(None));
        let server = Arc::new(Mutex::default());
        let gate = Gate { pinned: host_key.clone(), offered: Arc::clone(&offered), server: Arc::clone(&server) };
        let config = Arc::new(algorithms::config(ssh.is_legacy_allowed(today)));
        let made = russh::client::connect_stream(config, stream, gate);
        match within(address, "the key exchange", limit, made).await? {
            Ok(handle) => {
                let server = server.lock().expect("no holder of this lock can panic").clone();
                Ok(Session { address, handle, server, has_served: false })
            }
            Err(russh::Error::UnknownKey) => {
                let offered = offered.lock().expect("no holder of this lock can panic").take();
                Err(match (offered, host_key.clone()) {
                    (Some(offered), Some(pinned)) => SshError::OtherHostKey { address, pinned, offered },
                    (Some(offered), None) => SshError::UnconfirmedHostKey { address, offered },
                    (None, _) => no_host_key(address),
                })
            }
            Err(error) => Err(broken(address, error, ssh.legacy_until.filter(|last| *last < today))),
        }
    }

    /// Whether it can still be used.
    pub(super) fn is_open(&self) -> bool {
        !self.handle.is_closed()
    }

    async fn log_in(&mut self, ssh: &Ssh, is_legacy: bool) -> Result<(), SshError> {
        match &ssh.login {
            SshLogin::Key { pem, passphrase } => self.by_key(ssh, pem, passphrase.as_ref(), is_legacy).await,
            SshLogin::Password(password) => {
                let none = self.handle.authenticate_none(&ssh.user).await;
                match none.map_err(|error| broken(self.address, error, None))? {
                    AuthResult::Success => Ok(()),
                    AuthResult::Failure { remaining_methods: methods, .. } => {
                        self.by_password(ssh, password, &methods).await
                    }
                }
            }
        }
    }

    async fn by_key(
        &mut self,
        ssh: &Ssh,
        pem: &Secret,
        passphrase: Option<&Secret>,
        is_legacy: bool,
    ) -> Result<(), SshError> {
        let key = decode_secret_key(pem.reveal(), passphrase.map(Secret::reveal));
        let key =
            key.map_err(|error| self.not_let_in(ssh, format!("the profile's private key cannot be read ({error})")))?;
        let mut hash = None;
        if key.algorithm().is_rsa() {
            let best =
                self.handle.best_supported_rsa_hash().await.map_err(|error| broken(self.address, error, None))?;
            // A server that does not say which signatures it takes is an old one: SHA-1 is what it surely knows.
            let usual = if is_legacy { None } else { Some(HashAlg::Sha256) };
            hash = best.unwrap_or(usual).or(usual);
        }
        let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash);
        let tried = self.handle.authenticate_publickey(&ssh.user, key).await;
        match tried.map_err(|error| broken(self.address, error, None))? {
            AuthResult::Success => Ok(()),
            AuthResult::Failure { remaining_methods, partial_success } => {
                Err(self.refused(ssh, "it does not take the key", &remaining_methods, partial_success))
            }
        }
    }

    /// By what the server asks for: each wrong try may count against the user.
    async fn by_password(&mut self, ssh: &Ssh, password: &Secret, methods: &MethodSet) -> Result<(), SshError> {
        if methods.contains(&MethodKind::Password) {
            let tried = self.handle.authenticate_password(&ssh.user, password.reveal()).await;
            return match tried.map_err(|error| broken(self.address, error, None))? {
                AuthResult::Success => Ok(()),
                // It took the password off its list: what it has left is to ask for it.
                AuthResult::Failure { remaining_methods: left, .. }
                    if left.contains(&MethodKind::KeyboardInteractive) && !left.contains(&MethodKind::Password) =>
                {
                    self.by_dialogue(ssh, password).await
                }
                AuthResult::Failure { remaining_methods, partial_success } => {
                    Err(self.refused(ssh, "it does not take the password", &remaining_methods, partial_success))
                }
            };
        }
        if methods.contains(&MethodKind::KeyboardInteractive) {
            return self.by_dialogue(ssh, password).await;
        }
        if !self.is_open() {
            return Err(SshError::Closed { address: self.address, when: "before anybody could log in" });
        }
        Err(self.refused(ssh, "it takes no passwords", methods, false))
    }

    /// RFC 4256. The password answers the first hidden question and no other: what is asked after it would be a new
    /// password, or a code that nobody has given us.
    async fn by_dialogue(&mut self, ssh: &Ssh, password: &Secret) -> Result<(), SshError> {
        let mut said = self.handle.authenticate_keyboard_interactive_start(&ssh.user, None::<String>).await;
        let mut is_told = false;
        for _ in 0..ROUNDS_MAX {
            match said.map_err(|error| broken(self.address, error, None))? {
                Dialogue::Success => return Ok(()),
                Dialogue::Failure { remaining_methods, partial_success } => {
                    return Err(self.refused(
                        ssh,
                        "it does not take the password",
                        &remaining_methods,
                        partial_success,
                    ));
                }
                Dialogue::InfoRequest { prompts, .. } => {
                    let hidden = prompts.iter().filter(|prompt| !prompt.echo).count();
                    if prompts.len() > PROMPTS_MAX || hidden > usize::from(!is_told) {
                        let asked: Vec<&str> =
                            prompts.iter().take(PROMPTS_MAX).map(|prompt| prompt.prompt.as_str()).collect();
                        return Err(
                            self.not_let_in(ssh, format!("it asks for more than a password: {}", asked.join(", ")))
                        );
                    }
                    is_told |= hidden > 0;
                    let answer = |prompt: &russh::client::Prompt| {
                        if prompt.echo { String::new() } else { password.reveal().to_owned() }
                    };
                    let answers = prompts.iter().map(answer).collect();
                    said = self.handle.authenticate_keyboard_interactive_respond(answers).await;
                }
            }
        }
        Err(self.not_let_in(ssh, "it goes on asking".to_owned()))
    }

    fn refused(&self, ssh: &Ssh, what: &str, methods: &MethodSet, is_partial: bool) -> SshError {
        let methods: Vec<String> = methods.iter().map(String::from).collect();
        let more = if is_partial { "it wants more, by " } else { "it takes " };
        let list = if methods.is_empty() { String::new() } else { format!(" ({more}{})", methods.join(", ")) };
        self.not_let_in(ssh, format!("{what}{list}"))
    }

    fn not_let_in(&self, ssh: &Ssh, why: String) -> SshError {
        SshError::Login { address: self.address, user: ssh.user.clone(), why: told(&why) }
    }

    /// Runs a command and returns what it printed on standard output, whatever its exit status.
    pub(super) async fn run(&self, command: &str, limit: Duration) -> Result<Vec<u8>, SshError> {
        within(self.address, "a command", limit, self.output(command)).await?
    }

    async fn output(&self, command: &str) -> Result<Vec<u8>, SshError> {
        let address = self.address;
        let failed = |error| broken(address, error, None);
        let mut channel = self.handle.channel_open_session().await.map_err(failed)?;
        channel.exec(true, command).await.map_err(failed)?;
        let (mut output, mut has_ended) = (Vec::new(), false);
        while let Some(message) = channel.wait().await {
            match message {
                ChannelMsg::Data { data } if output.len() + data.len() > OUTPUT_MAX => {
                    return Err(SshError::TooMuch { address, limit: OUTPUT_MAX });
                }
                ChannelMsg::Data { data } => output.extend_from_slice(&data),
                ChannelMsg::Failure => {
                    return Err(SshError::Protocol { address, what: "it runs no commands".to_owned() });
                }
                ChannelMsg::Eof | ChannelMsg::ExitStatus { .. } | ChannelMsg::ExitSignal { .. } => has_ended = true,
                // Standard error and what else a channel can say changes nothing.
                _ => {}
            }
        }
        if has_ended { Ok(output) } else { Err(SshError::Closed { address, when: "during a command" }) }
    }
}

async fn within<T>(
    address: SocketAddr,
    step: &'static str,
    limit: Duration,
    what: impl Future<Output = T>,
) -> Result<T, SshError> {
    tokio::time::timeout(limit, what).await.map_err(|_| SshError::Timeout { address, step, limit })
}

fn no_host_key(address: SocketAddr) -> SshError {
    SshError::Protocol { address, what: "it showed no host key".to_owned() }
}

fn unconnected(address: SocketAddr, error: &io::Error) -> SshError {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => SshError::Refused { address },
        reason => SshError::Unreachable { address, reason },
    }
}

fn broken(address: SocketAddr, error: russh::Error, ended: Option<Date>) -> SshError {
    match error {
        russh::Error::NoCommonAlgo { kind, theirs, .. } => {
            let what = match kind {
                AlgorithmKind::Kex => "key exchange",
                AlgorithmKind::Key => "host key",
                AlgorithmKind::Cipher => "cipher",
                AlgorithmKind::Compression => "compression",
                AlgorithmKind::Mac => "MAC",
            };
            SshError::Algorithm { address, what, theirs: told(&theirs.join(", ")), ended }
        }
        russh::Error::Disconnect
        | russh::Error::HUP
        | russh::Error::SendError
        | russh::Error::RecvError
        | russh::Error::InactivityTimeout
        | russh::Error::IO(_) => SshError::Closed { address, when: "before it had answered" },
        other => SshError::Protocol { address, what: told(&other.to_string()) },
    }
}
