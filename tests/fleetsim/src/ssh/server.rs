//! [`Server`]: an SSH server on a loopback address.

use std::borrow::Cow;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{HashAlg, PrivateKey, PublicKey};
use russh::server::{
    Auth, ChannelOpenHandle, Config, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, Preferred, SshId, cipher, kex, mac};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tokio::time::sleep;

use super::line::{Deaf, Gate, carry};

/// What a command said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// On standard output.
    pub stdout: Vec<u8>,
    /// On standard error.
    pub stderr: Vec<u8>,
    /// Its exit status.
    pub status: u32,
}

impl Output {
    /// Some text, and success.
    pub fn text(text: &str) -> Output {
        Output { stdout: text.as_bytes().to_vec(), ..Output::default() }
    }
}

/// Answers commands.
pub type Exec = Arc<dyn Fn(&str) -> Output + Send + Sync>;

/// A way in.
#[derive(Debug, Clone)]
pub enum Login {
    /// A password.
    Password {
        /// Whose.
        user: String,
        /// The password.
        password: String,
    },
    /// The password, asked for by keyboard-interactive alone.
    KeyboardInteractive {
        /// Whose.
        user: String,
        /// The password.
        password: String,
    },
    /// A key.
    Key {
        /// Whose.
        user: String,
        /// Its public half.
        public: Box<PublicKey>,
    },
}

impl Login {
    /// A password.
    pub fn password(user: &str, password: &str) -> Login {
        Login::Password { user: user.to_owned(), password: password.to_owned() }
    }

    /// A password by keyboard-interactive.
    pub fn keyboard_interactive(user: &str, password: &str) -> Login {
        Login::KeyboardInteractive { user: user.to_owned(), password: password.to_owned() }
    }

    /// The public half of this pair.
    pub fn key(user: &str, pair: &PrivateKey) -> Login {
        Login::Key { user: user.to_owned(), public: Box::new(pair.public_key().clone()) }
    }
}

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; port 0 is a free one.
    pub listen: SocketAddr,
    /// The host key comes from it.
    pub seed: u64,
    /// Who is let in; nobody else is.
    pub logins: Vec<Login>,
    /// It offers nothing younger than 2005: diffie-hellman-group14-sha1, aes128-cbc, hmac-sha1.
    pub is_legacy: bool,
    /// What it calls itself after `SSH-2.0-`; `None`: as its library does.
    pub name: Option<&'static str>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            seed: 1,
            logins: Vec::new(),
            is_legacy: false,
            name: None,
        }
    }
}

/// A way to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Shows another host key, from another seed.
    HostKey,
    /// Accepts a connection and says nothing.
    HangAtOnce,
    /// Accepts a command and says nothing.
    HangInExec,
    /// Answers every command with lines that never end.
    Endless,
    /// Answers every command so much later.
    Slow(Duration),
    /// Lets nobody in, as if every password had been changed.
    NoLogin,
    /// Takes the connection away in the middle of a command.
    Cut,
}

/// What a server has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Connections that were accepted.
    pub connections: u64,
    /// Attempts at logging in, whatever became of them, `none` among them.
    pub auth_messages: u64,
    /// Commands.
    pub execs: u64,
}

/// A running server. It stops when it is dropped: sessions end and its port refuses.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    line: watch::Sender<bool>,
    task: JoinHandle<()>,
}

struct Shared {
    options: Options,
    exec: Exec,
    fault: Mutex<Option<Fault>>,
    connections: AtomicU64,
    auth_messages: AtomicU64,
    execs: AtomicU64,
    /// Those that run, and perhaps some that have ended.
    sessions: Mutex<Vec<AbortHandle>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("options", &self.options).finish_non_exhaustive()
    }
}

/// The key pair of a seed: Ed25519.
pub fn key_pair(seed: u64) -> PrivateKey {
    let mut bytes = [0x5A; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    PrivateKey::new(Ed25519Keypair::from_seed(&bytes).into(), "fleetsim").expect("it is not encrypted")
}

impl Server {
    /// Starts one; `exec` answers its commands.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn start(options: Options, exec: Exec) -> io::Result<Server> {
        let listener = TcpListener::bind(options.listen).await?;
        let address = listener.local_addr()?;
        let (line, gate) = watch::channel(true);
        let counter = || AtomicU64::new(0);
        let (connections, auth_messages, execs) = (counter(), counter(), counter());
        let (fault, sessions) = (Mutex::default(), Mutex::default());
        let shared = Arc::new(Shared { options, exec, fault, connections, auth_messages, execs, sessions });
        let task = tokio::spawn(listen(listener, shared.clone(), gate));
        Ok(Server { address, shared, line, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Of the true host key: `SHA256:…`, as `ssh-keygen -lf` prints it.
    pub fn fingerprint(&self) -> String {
        key_pair(self.shared.options.seed).fingerprint(HashAlg::Sha256).to_string()
    }

    /// What it has seen.
    pub fn counters(&self) -> Counters {
        let Shared { connections, auth_messages, execs, .. } = &*self.shared;
        Counters {
            connections: connections.load(Ordering::Relaxed),
            auth_messages: auth_messages.load(Ordering::Relaxed),
            execs: execs.load(Ordering::Relaxed),
        }
    }

    /// Misbehaves from now on.
    pub fn play(&self, fault: Fault) {
        *lock(&self.shared.fault) = Some(fault);
    }

    /// Behaves from now on.
    pub fn heal(&self) {
        *lock(&self.shared.fault) = None;
    }

    /// Cuts the line or mends it. While it is cut connections are not made and sessions stand still; once it is mended
    /// they go on.
    pub fn set_line(&self, is_whole: bool) {
        self.line.send_replace(is_whole);
    }

    /// Forgets its sessions, as a device does that boots.
    pub fn restart(&self) {
        lock(&self.shared.sessions).drain(..).for_each(|session| session.abort());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Listens while the line is whole and is deaf while it is cut.
async fn listen(listener: TcpListener, shared: Arc<Shared>, mut gate: Gate) {
    let mut sessions = JoinSet::new();
    let mut fillers = Vec::new();
    loop {
        let mut watched = gate.clone();
        tokio::select! {
            () = accept(&listener, &shared, &gate, &mut fillers, &mut sessions) => {}
            cut = watched.wait_for(|is_whole| !is_whole) => if cut.is_err() { return },
        }
        let deaf = Deaf::make(&listener).await;
        if gate.wait_for(|is_whole| *is_whole).await.is_err() {
            return;
        }
        fillers = deaf.and_then(|deaf| deaf.mend(&listener)).unwrap_or_default();
    }
}

async fn accept(
    listener: &TcpListener,
    shared: &Arc<Shared>,
    gate: &Gate,
    fillers: &mut Vec<SocketAddr>,
    sessions: &mut JoinSet<()>,
) {
    loop {
        match listener.accept().await {
            Ok((_, peer)) if fillers.contains(&peer) => fillers.retain(|filler| *filler != peer),
            Ok((stream, _)) => {
                shared.connections.fetch_add(1, Ordering::Relaxed);
                let session = sessions.spawn(serve(stream, shared.clone(), gate.clone()));
                let mut running = lock(&shared.sessions);
                running.retain(|session| !session.is_finished());
                running.push(session);
            }
            // Out of descriptors: they come back.
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
        while sessions.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>, gate: Gate) {
    let fault = *lock(&shared.fault);
    if fault == Some(Fault::HangAtOnce) {
        return std::future::pending().await;
    }
    // Whoever asks small questions waits 40 ms for each answer otherwise.
    drop(stream.set_nodelay(true));
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let config = Arc::new(config(&shared.options, fault));
    let device = Device { shared };
    let session = async {
        if let Ok(session) = russh::server::run_stream(config, ours, device).await {
            // How a client leaves is its affair.
            drop(session.await);
        }
    };
    tokio::join!(session, carry(stream, theirs, gate));
}

fn config(options: &Options, fault: Option<Fault>) -> Config {
    let seed = if fault == Some(Fault::HostKey) { !options.seed } else { options.seed };
    let preferred = if options.is_legacy {
        Preferred {
            kex: Cow::Borrowed(&[kex::DH_G14_SHA1]),
            cipher: Cow::Borrowed(&[cipher::AES_128_CBC]),
            mac: Cow::Borrowed(&[mac::HMAC_SHA1]),
            ..Preferred::default()
        }
    } else {
        Preferred::default()
    };
    let usual = Config::default().server_id;
    Config {
        server_id: options.name.map_or(usual, |name| SshId::Standard(Cow::Owned(format!("SSH-2.0-{name}")))),
        keys: vec![key_pair(seed)],
        preferred,
        nodelay: true,
        // A simulated device need not hide which users it has.
        auth_rejection_time: Duration::from_millis(20),
        auth_rejection_time_initial: Some(Duration::ZERO),
        ..Config::default()
    }
}

/// One connection's side of the device.
struct Device {
    shared: Arc<Shared>,
}

impl Device {
    fn judge(&self, is_right: impl Fn(&Login) -> bool) -> Auth {
        self.shared.auth_messages.fetch_add(1, Ordering::Relaxed);
        let is_closed = *lock(&self.shared.fault) == Some(Fault::NoLogin);
        if !is_closed && self.shared.options.logins.iter().any(is_right) { Auth::Accept } else { Auth::reject() }
    }
}

impl Handler for Device {
    type Error = russh::Error;

    async fn auth_none(&mut self, _: &str) -> Result<Auth, Self::Error> {
        Ok(self.judge(|_| false))
    }

    async fn auth_password(&mut self, given: &str, secret: &str) -> Result<Auth, Self::Error> {
        Ok(self
            .judge(|login| matches!(login, Login::Password { user, password } if user == given && password == secret)))
    }

    async fn auth_publickey_offered(&mut self, given: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        Ok(self.judge(|login| holds(login, given, offer.public_key)))
    }

    async fn auth_publickey(&mut self, given: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(self.judge(|login| holds(login, given, key.public_key)))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        given: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let Some(mut response) = response else {
            self.judge(|_| false);
            let prompts = Cow::Owned(vec![(Cow::Borrowed("Password: "), false)]);
            return Ok(Auth::Partial { name: Cow::Borrowed(""), instructions: Cow::Borrowed(""), prompts });
        };
        let answer = response.next().unwrap_or_default();
        Ok(self.judge(|login| match login {
            Login::Password { user, password } | Login::KeyboardInteractive { user, password } => {
                user == given && password.as_bytes() == &answer[..]
            }
            Login::Key { .. } => false,
        }))
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.shared.execs.fetch_add(1, Ordering::Relaxed);
        session.channel_success(channel)?;
        let fault = *lock(&self.shared.fault);
        match fault {
            Some(Fault::HangInExec) => return Ok(()),
            Some(Fault::Cut) => return Err(russh::Error::Disconnect),
            Some(Fault::Endless) => {
                tokio::spawn(flood(session.handle(), channel));
                return Ok(());
            }
            Some(Fault::Slow(by)) => {
                let (handle, shared, command) = (session.handle(), self.shared.clone(), data.to_vec());
                tokio::spawn(async move {
                    sleep(by).await;
                    send_later(&handle, channel, run(&shared, &command)).await;
                });
                return Ok(());
            }
            Some(Fault::HostKey | Fault::HangAtOnce | Fault::NoLogin) | None => {}
        }
        let output = run(&self.shared, data);
        session.data(channel, output.stdout)?;
        // 1 is standard error (RFC 4254 §5.2).
        session.extended_data(channel, 1, output.stderr)?;
        session.exit_status_request(channel, output.status)?;
        session.eof(channel)?;
        session.close(channel)
    }
}

fn holds(login: &Login, given: &str, key: &PublicKey) -> bool {
    matches!(login, Login::Key { user, public } if user == given && public.key_data() == key.key_data())
}

fn run(shared: &Shared, command: &[u8]) -> Output {
    (shared.exec)(&String::from_utf8_lossy(command))
}

async fn flood(handle: russh::server::Handle, channel: ChannelId) {
    let lines = "0123456789abcdef\n".repeat(512).into_bytes();
    while handle.data(channel, lines.clone()).await.is_ok() {
        // No faster than any line.
        sleep(Duration::from_millis(1)).await;
    }
}

/// None when the session is gone, and nobody waits for the rest.
async fn send_later(handle: &russh::server::Handle, channel: ChannelId, output: Output) -> Option<()> {
    handle.data(channel, output.stdout).await.ok()?;
    handle.extended_data(channel, 1, output.stderr).await.ok()?;
    handle.exit_status_request(channel, output.status).await.ok()?;
    handle.eof(channel).await.ok()?;
    handle.close(channel).await.ok()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
