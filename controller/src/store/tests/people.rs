//! People: accounts with their grants and proofs, sessions, tokens and links. What is taken from somebody is gone.

use inventory::id::{AccountId, PasskeyId};
use inventory::secret::Secret;

use super::fixture::{area_of, at, entry, small_fleet};
use crate::app::principal::Role;
use crate::store::{
    AccountGrant, Db, LinkPurpose, NewAccount, NewLink, NewPasskey, NewSecondFactor, NewSession, NewToken, PageAsk,
};

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn link(purpose: LinkPurpose, hash: &str) -> NewLink {
    NewLink { purpose, hash: hash.to_owned(), expires_at: at(3_600) }
}

async fn made(db: &Db, name: &str, grants: &[AccountGrant]) -> AccountId {
    let new = NewAccount { name, grants, passphrase: Some(&secret("a hash")), link: None, now: at(0) };
    db.account_create(&new, &entry()).await.expect("it is written").expect("nobody has this name")
}

async fn session(db: &Db, account: AccountId, hash: &str, second: i64) {
    let address = Some("192.0.2.7".parse().expect("an address"));
    let proof = db.account_by_id(account).await.expect("it reads").expect("it is there");
    let seen = proof.passphrase.as_ref();
    let new = NewSession { hash, account, seen, now: at(second), stepped_up_at: None, address, browser: "Firefox" };
    db.session_create(&new, &entry()).await.expect("it is asked");
}

fn bare() -> NewSession<'static> {
    NewSession {
        hash: "",
        account: AccountId(0),
        seen: None,
        now: at(0),
        stepped_up_at: None,
        address: None,
        browser: "",
    }
}

async fn is_in(db: &Db, hash: &str) -> bool {
    db.session_find(hash).await.expect("it reads").is_some()
}

async fn an_account_is_found_by_its_name_in_any_case_and_there_is_one_of_a_name(db: &Db) {
    small_fleet(db).await;
    let area = area_of(db, "dr-01").await;
    let grants = [AccountGrant::new(Role::Technician, Some(area)), AccountGrant::new(Role::Viewer, None)];
    assert!(!db.account_any_usable().await.expect("it reads"));
    let id = made(db, "Hà Nguyễn", &grants).await;
    assert!(db.account_any_usable().await.expect("it reads"));
    let found = db.account_by_name("HÀ NGUYỄN").await.expect("it reads").expect("it is there");
    assert_eq!((found.account.id, found.account.name.as_str()), (id, "Hà Nguyễn"));
    assert_eq!(found.account.role(), Some(Role::Technician));
    let kept: Vec<_> = found.account.grants.iter().map(|grant| (grant.role, grant.area)).collect();
    assert_eq!(kept, [(Role::Technician, Some(area)), (Role::Viewer, None)]);
    assert!(found.passphrase.is_some() && !found.account.has_second_factor && found.account.created_at == at(0));
    let again = NewAccount { name: "hà nguyễn", grants: &[], passphrase: None, link: None, now: at(1) };
    assert_eq!(db.account_create(&again, &entry()).await.expect("it is asked"), None);
    assert!(db.account_by_name("hà").await.expect("it reads").is_none());
}

async fn accounts_are_listed_by_name_a_page_at_a_time(db: &Db) {
    for name in ["c", "A", "b"] {
        made(db, name, &[]).await;
    }
    let mut ask = PageAsk::first();
    ask.limit = 2;
    let first = db.account_list(&ask).await.expect("it reads");
    ask.cursor = first.next.clone();
    let second = db.account_list(&ask).await.expect("it reads");
    let names: Vec<_> = first.items.iter().chain(&second.items).map(|account| account.name.as_str()).collect();
    assert_eq!((names, second.next), (vec!["A", "b", "c"], None));
}

async fn a_second_factor_is_used_forwards_only_and_a_recovery_code_once(db: &Db) {
    let id = made(db, "ha", &[]).await;
    let recovery = ["one".to_owned(), "two".to_owned()];
    let (first, kept, other) = (secret("GEZDGNBV"), secret("a hash"), secret("another hash"));
    let factor =
        NewSecondFactor { secret: &first, step: Some(100), recovery: &recovery, seen: Some(&kept), renews: false };
    let (_, ring) = super::vault::ring(db).await;
    let set = async |factor: NewSecondFactor<'_>| {
        db.second_factor_set(&ring, id, &factor, &entry()).await.expect("it is asked")
    };
    assert!(!set(NewSecondFactor { seen: Some(&other), ..factor }).await, "the pass phrase was changed meanwhile");
    session(db, id, "before", 0).await;
    assert!(set(factor).await && !is_in(db, "before").await);
    assert!(!set(factor).await, "there is one");
    assert!(set(NewSecondFactor { renews: true, ..factor }).await);
    let totp = db.totp_open(&ring, id).await.expect("it opens");
    assert_eq!(totp.as_ref().map(Secret::reveal), Some("GEZDGNBV"));
    let proof = db.account_by_id(id).await.expect("it reads").expect("it is there");
    assert!(proof.account.has_second_factor && proof.totp_step == Some(100));
    for (step, is_taken) in [(99, false), (100, false), (101, true), (101, false), (102, true)] {
        assert_eq!(db.totp_take(id, step).await.expect("it is asked"), is_taken, "{step}");
    }
    assert!(db.recovery_code_take(id, "one").await.expect("it is asked"));
    assert!(!db.recovery_code_take(id, "one").await.expect("it is asked"));
    assert_eq!(db.recovery_code_count(id).await.expect("it reads"), 1);
    session(db, id, "s", 0).await;
    db.proofs_remove(id, &entry()).await.expect("it is written");
    let proof = db.account_by_id(id).await.expect("it reads").expect("it is there");
    assert!(db.totp_open(&ring, id).await.expect("it reads").is_none());
    assert!(!proof.account.has_second_factor && proof.totp_step.is_none());
    assert!(!proof.account.has_passphrase, "whoever knows only that sets up no second factor");
    assert_eq!((db.recovery_code_count(id).await.expect("it reads"), is_in(db, "s").await), (0, false));
}

async fn passkey(db: &Db, account: AccountId, credential_id: &str) -> Option<PasskeyId> {
    let new = NewPasskey { account, credential_id, handle: "h", name: "điện thoại", credential: "{}", now: at(1) };
    db.passkey_add(&new, &entry()).await.expect("it is asked")
}

async fn a_passkey_is_one_account_s_until_it_or_the_second_factor_is_taken_away(db: &Db) {
    let (ha, other) = (made(db, "ha", &[]).await, made(db, "other", &[]).await);
    let id = passkey(db, ha, "one").await.expect("it is new");
    assert_eq!(passkey(db, other, "one").await, None, "a credential is one account's");
    let found = db.passkey_find("one").await.expect("it reads").expect("it is there");
    assert_eq!((found.id, found.account, found.name.as_str()), (id, ha, "điện thoại"));
    assert_eq!((found.handle.as_str(), found.created_at, found.used_at), ("h", at(1), None));
    assert!(db.passkey_used(id, "{\"counter\":1}", at(2)).await.expect("it is written"));
    let found = db.passkey_list(ha).await.expect("it reads").remove(0);
    assert_eq!((found.credential.as_str(), found.used_at), ("{\"counter\":1}", Some(at(2))));
    assert!(!db.passkey_remove(other, id, &entry()).await.expect("it is asked"), "it is not his");
    assert!(db.passkey_remove(ha, id, &entry()).await.expect("it is asked"));
    assert!(!db.passkey_used(id, "{}", at(3)).await.expect("it is asked"), "it is gone");
    assert!(db.passkey_find("one").await.expect("it reads").is_none());
    for n in 0..20 {
        assert!(passkey(db, ha, &n.to_string()).await.is_some(), "{n}");
    }
    assert_eq!(passkey(db, ha, "20").await, None, "there are enough");
    assert!(passkey(db, other, "20").await.is_some());
    db.proofs_remove(ha, &entry()).await.expect("it is written");
    assert!(db.passkey_list(ha).await.expect("it reads").is_empty());
    assert_eq!(db.passkey_list(other).await.expect("it reads").len(), 1);
}

async fn a_session_ends_by_itself_with_all_and_with_what_let_it_in(db: &Db) {
    let (ha, other) = (made(db, "ha", &[]).await, made(db, "other", &[]).await);
    for (n, hash) in ["a", "b", "c"].into_iter().enumerate() {
        session(db, ha, hash, i64::try_from(n).expect("few")).await;
    }
    session(db, other, "o", 0).await;
    let of_ha = db.session_list(ha).await.expect("it reads");
    assert_eq!(of_ha.iter().map(|session| session.created_at).collect::<Vec<_>>(), [at(2), at(1), at(0)]);
    assert_eq!((of_ha[0].address.as_deref(), of_ha[0].browser.as_str()), (Some("192.0.2.7"), "Firefox"));
    assert!(!db.session_end(of_ha[0].id, other, &entry()).await.expect("it is asked"), "it is not his");
    assert!(db.session_end(of_ha[0].id, ha, &entry()).await.expect("it is asked") && !is_in(db, "c").await);
    db.session_step_up(of_ha[1].id, "b2", at(60), &entry()).await.expect("it is written");
    db.session_touch(of_ha[1].id, at(61)).await.expect("it is written");
    assert!(!is_in(db, "b").await, "another secret");
    let stepped = db.session_find("b2").await.expect("it reads").expect("it is there");
    assert_eq!((stepped.stepped_up_at, stepped.used_at, stepped.name.as_str()), (Some(at(60)), at(61), "ha"));
    db.session_end_all(ha, &entry()).await.expect("it is written");
    assert!(!is_in(db, "a").await && !is_in(db, "b2").await && is_in(db, "o").await);
    session(db, ha, "d", 3).await;
    db.passphrase_set(ha, &secret("another hash"), &entry()).await.expect("it is written");
    assert!(!is_in(db, "d").await, "the pass phrase was changed");
    session(db, ha, "e", 4).await;
    db.account_disable(ha, true, &entry()).await.expect("it is written");
    assert!(!is_in(db, "e").await);
    session(db, ha, "f", 5).await;
    db.account_disable(ha, false, &entry()).await.expect("it is written");
    assert!(!is_in(db, "f").await, "who is disabled opens no session");
    let (old, now) = (secret("a hash"), secret("another hash"));
    let late = NewSession { hash: "g", account: ha, seen: Some(&old), now: at(6), ..bare() };
    assert_eq!(db.session_create(&late, &entry()).await.expect("it is asked"), None, "the pass phrase is another one");
    assert!(!db.passphrase_rehash(ha, &old, &secret("x")).await.expect("it is asked"));
    assert!(db.passphrase_rehash(ha, &now, &secret("x")).await.expect("it is asked"));
}

async fn an_account_has_twenty_sessions_and_the_last_used_stay(db: &Db) {
    let ha = made(db, "ha", &[]).await;
    for n in 0..25 {
        session(db, ha, &format!("s{n}"), n).await;
    }
    assert_eq!(db.session_list(ha).await.expect("it reads").len(), 20);
    assert!(!is_in(db, "s4").await && is_in(db, "s5").await && is_in(db, "s24").await);
}

async fn a_token_is_good_until_its_day_and_while_its_owner_is(db: &Db) {
    small_fleet(db).await;
    let area = area_of(db, "dr-01").await;
    let ha = made(db, "ha", &[]).await;
    let new = |hash, name, expires_at| NewToken {
        hash,
        account: ha,
        name,
        role: Role::Technician,
        area: Some(area),
        now: at(0),
        expires_at,
    };
    let day = db.token_create(&new("d", "for a day", Some(at(86_400))), &entry()).await.expect("it is written");
    db.token_create(&new("e", "for ever", None), &entry()).await.expect("it is written");
    let find = async |hash: &str, second: i64| db.token_find(hash, at(second)).await.expect("it reads");
    let found = find("d", 86_399).await.expect("it is good");
    assert_eq!((found.id, found.owner.as_str(), found.name.as_str()), (day, "ha", "for a day"));
    assert_eq!((found.role, found.area, found.expires_at), (Role::Technician, Some(area), Some(at(86_400))));
    assert!(find("d", 86_400).await.is_none() && find("e", 86_400).await.is_some() && find("x", 0).await.is_none());
    let names = |tokens: Vec<crate::store::TokenRecord>| tokens.into_iter().map(|t| t.name).collect::<Vec<_>>();
    assert_eq!(names(db.token_list(Some(ha)).await.expect("it reads")), ["for ever", "for a day"]);
    assert_eq!(names(db.token_list(None).await.expect("it reads")).len(), 2);
    assert!(db.token_list(Some(AccountId(ha.0 + 1))).await.expect("it reads").is_empty());
    db.account_disable(ha, true, &entry()).await.expect("it is written");
    assert!(find("e", 0).await.is_none());
    db.account_disable(ha, false, &entry()).await.expect("it is written");
    assert!(db.token_revoke(day, &entry()).await.expect("it is asked") && find("d", 0).await.is_none());
    assert!(!db.token_revoke(day, &entry()).await.expect("it is asked"));
}

async fn a_link_is_good_once_and_the_next_one_takes_its_place(db: &Db) {
    let nobody = NewAccount { name: "ha", grants: &[], passphrase: None, link: None, now: at(0) };
    let invite = link(LinkPurpose::Invite, "i");
    let invited = NewAccount { link: Some(&invite), ..nobody };
    let ha = db.account_create(&invited, &entry()).await.expect("it is written").expect("nobody has this name");
    let find = async |hash: &str, second: i64| db.link_find(hash, at(second)).await.expect("it reads");
    let found = find("i", 3_599).await.expect("it is good");
    assert_eq!((found.purpose, found.account.clone()), (LinkPurpose::Invite, Some((ha, "ha".to_owned()))));
    assert!(find("i", 3_600).await.is_none(), "too old");
    session(db, ha, "s", 0).await;
    assert!(db.link_use(&found, ha, &secret("hash"), &entry()).await.expect("it is asked") && !is_in(db, "s").await);
    assert!(!db.link_use(&found, ha, &secret("other"), &entry()).await.expect("it is asked"), "it was used");
    let proof = db.account_by_id(ha).await.expect("it reads").expect("it is there");
    assert_eq!(proof.passphrase.as_ref().map(Secret::reveal), Some("hash"));
    for hash in ["r1", "r2"] {
        db.link_create(ha, &link(LinkPurpose::Reset, hash), &entry()).await.expect("it is written");
    }
    assert!(find("r1", 0).await.is_none() && find("r2", 0).await.is_some());
    db.account_disable(ha, true, &entry()).await.expect("it is written");
    assert!(find("r2", 0).await.is_none());
}

async fn the_first_account_is_made_by_the_last_set_up_link(db: &Db) {
    for hash in ["one", "two"] {
        db.link_set_up(&link(LinkPurpose::SetUp, hash)).await.expect("it is written");
    }
    assert!(db.link_find("one", at(0)).await.expect("it reads").is_none());
    let found = db.link_find("two", at(0)).await.expect("it reads").expect("it is good");
    let grants = [AccountGrant::new(Role::Admin, None)];
    let hash = secret("hash");
    let new = NewAccount { name: "ha", grants: &grants, passphrase: Some(&hash), link: None, now: at(0) };
    made(db, "HA", &[]).await;
    assert!(db.link_use_set_up(&found, &new, &entry()).await.expect("it is asked").is_none(), "the name is taken");
    let other = NewAccount { name: "minh", ..new };
    assert!(
        db.link_use_set_up(&found, &other, &entry()).await.expect("it is asked").is_some(),
        "the link is still good"
    );
    assert!(db.link_use_set_up(&found, &other, &entry()).await.expect("it is asked").is_none());
}

super::on_both!(
    an_account_is_found_by_its_name_in_any_case_and_there_is_one_of_a_name,
    accounts_are_listed_by_name_a_page_at_a_time,
    a_second_factor_is_used_forwards_only_and_a_recovery_code_once,
    a_passkey_is_one_account_s_until_it_or_the_second_factor_is_taken_away,
    a_session_ends_by_itself_with_all_and_with_what_let_it_in,
    an_account_has_twenty_sessions_and_the_last_used_stay,
    a_token_is_good_until_its_day_and_while_its_owner_is,
    a_link_is_good_once_and_the_next_one_takes_its_place,
    the_first_account_is_made_by_the_last_set_up_link,
);
