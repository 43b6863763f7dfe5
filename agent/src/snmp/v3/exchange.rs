//! One exchange in a user's name: discovery where the engine is not known, the request, and what is healed: the clock
//! once, the engine once.

use std::sync::Arc;

use inventory::snmp_v3::{Protection, SnmpV3};
use tokio::time::Instant;

use super::super::client::{Client, Unanswered};
use super::super::codec::{Ask, Response, write_pdu};
use super::super::error::{SnmpError, V3Fault};
use super::super::mib::System;
use super::super::probe::Finding;
use super::super::target::Target;
use super::asked::{Asked, Heard, Hint, Question};
use super::engine::{Moment, Stat};
use super::keys::Keys;
use super::message::{Envelope, seal};
use super::session::{Peer, Session};
use inventory::mib::Oid;

/// How an attempt ended that is no answer.
enum Ending {
    /// The device said so with proof, or somebody did without and nothing better came.
    Said(Stat),
    /// Something came that proves nothing.
    Unproven,
    Silence(Unanswered),
}

impl Client {
    /// One request and its answer.
    pub(in super::super) async fn exchange_v3(
        &self,
        target: &Target,
        credential: &Arc<SnmpV3>,
        ask: Ask,
        names: &[Oid],
    ) -> Result<Response, SnmpError> {
        let session = self.sessions().of(target.address, credential);
        let (mut may_set_clock, mut may_rediscover) = (true, true);
        loop {
            let (peer, is_new) = self.peer(target, credential, &session).await?;
            let ending = match self.attempt(target, credential, &session, &peer, ask, names).await? {
                Ok(response) => return Ok(response),
                Err(ending) => ending,
            };
            let fault = match ending {
                // The clock was set by the Report, if it was proven.
                Ending::Said(Stat::NotInTimeWindows) if may_set_clock => {
                    may_set_clock = false;
                    continue;
                }
                Ending::Said(Stat::UnknownEngineIds | Stat::NotInTimeWindows) if may_rediscover => {
                    may_rediscover = false;
                    session.forget(&peer);
                    continue;
                }
                Ending::Said(stat) => fault(stat, credential),
                Ending::Unproven => V3Fault::Unproven,
                Ending::Silence(unanswered) => {
                    session.fail(&peer);
                    let runs = is_new || unanswered.found == Some(Finding::Runs);
                    let is_private = matches!(credential.protection(), Protection::AuthPriv { .. });
                    if runs && is_private && self.answers_in_the_open(target, credential, &session, &peer).await {
                        V3Fault::Privacy
                    } else {
                        return Err(unanswered.into_error(target));
                    }
                }
            };
            session.forget(&peer);
            return Err(SnmpError::V3 { address: target.address, user: credential.user().to_owned(), fault });
        }
    }

    /// Whom to seal for, and whether that was asked just now.
    async fn peer(
        &self,
        target: &Target,
        credential: &Arc<SnmpV3>,
        session: &Session,
    ) -> Result<(Peer, bool), SnmpError> {
        if let Some(peer) = session.peer() {
            return Ok((peer, false));
        }
        let _setup = session.setup.lock().await;
        if let Some(peer) = session.peer() {
            return Ok((peer, false));
        }
        let asked = Asked::new(Question::Discovery);
        let open = Keys::open();
        let write = |id: i32| {
            let envelope = Envelope { id, engine_id: &[], moment: Moment::default(), user: &[], keys: &open };
            seal(&envelope, |pdu| write_pdu(pdu, id, Ask::Get, &[]))
        };
        match self.fly(target, &asked, write).await? {
            Ok((Heard::Discovered(engine_id, moment), _)) => {
                let now = Instant::now();
                let keys = self.sessions().keys(credential, &engine_id).await.ok_or(SnmpError::Busy)?;
                Ok((session.meet(engine_id, keys, moment, now), true))
            }
            Ok((Heard::Response(..) | Heard::Report(..), _)) => Err(SnmpError::NotSnmp { address: target.address }),
            Err(unanswered) => Err(unanswered.into_error(target)),
        }
    }

    async fn attempt(
        &self,
        target: &Target,
        credential: &SnmpV3,
        session: &Session,
        peer: &Peer,
        ask: Ask,
        names: &[Oid],
    ) -> Result<Result<Response, Ending>, SnmpError> {
        let at = Instant::now();
        let (moment, user) = (peer.clock.moment(at), credential.user().to_owned());
        let (engine_id, keys) = (peer.engine_id.clone(), peer.keys.clone());
        let asked = Asked::new(Question::Sealed { engine_id, moment, at, user, keys });
        let write = |id: i32| {
            let user = credential.user().as_bytes();
            let envelope = Envelope { id, engine_id: &peer.engine_id, moment, user, keys: &peer.keys };
            seal(&envelope, |pdu| write_pdu(pdu, id, ask, names))
        };
        Ok(match self.fly(target, &asked, write).await? {
            Ok((Heard::Response(response, moment), rtt)) => {
                session.adopt(peer, moment, Instant::now(), target.address);
                Ok(Response { rtt, ..response })
            }
            Ok((Heard::Report(stat, moment), _)) => {
                session.adopt(peer, moment, Instant::now(), target.address);
                Err(Ending::Said(stat))
            }
            Ok((Heard::Discovered(..), _)) => return Err(SnmpError::NotSnmp { address: target.address }),
            Err(unanswered) => Err(match asked.hint() {
                Some(Hint::Report(stat)) => Ending::Said(stat),
                Some(Hint::Unproven) => Ending::Unproven,
                None => Ending::Silence(unanswered),
            }),
        })
    }

    /// Whether the device answers the same user without encryption: then the key for privacy is what it cannot use.
    /// Whatever it says with proof counts, be it a refusal.
    async fn answers_in_the_open(&self, target: &Target, credential: &SnmpV3, session: &Session, peer: &Peer) -> bool {
        let open = Peer { keys: Arc::new(peer.keys.without_privacy()), ..peer.clone() };
        let target = Target { retries: 0, ..target.clone() };
        let names = [System::UpTime.instance()];
        let attempt = self.attempt(&target, credential, session, &open, Ask::Get, &names).await;
        matches!(attempt, Ok(Ok(_) | Err(Ending::Said(Stat::UnsupportedSecLevels | Stat::NotInTimeWindows))))
    }
}

fn fault(stat: Stat, credential: &SnmpV3) -> V3Fault {
    match stat {
        Stat::UnknownUserNames => V3Fault::User,
        Stat::WrongDigests => V3Fault::Auth,
        Stat::DecryptionErrors => V3Fault::Privacy,
        Stat::UnknownEngineIds | Stat::NotInTimeWindows => V3Fault::Engine,
        Stat::UnsupportedSecLevels => match credential.protection() {
            Protection::AuthPriv { .. } => V3Fault::NoPrivacy,
            Protection::NoAuthNoPriv | Protection::AuthNoPriv { .. } => V3Fault::NoAuth,
        },
    }
}
