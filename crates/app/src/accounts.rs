//! People: signing in, sessions, passwords, accounts.
//!
//! Passwords are kept as Argon2id hashes, session and API tokens as SHA-256 hashes of 192 random bits.
//! A wrong name costs as much time as a wrong password, and after some failures the name has to wait.

use std::{collections::HashMap, time::Duration};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use parking_lot::Mutex;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit};
use updraft_model::{
    Actor, AuditEntry, Granted, Principal, Role, Severity, TenantId, Timestamp, UserId, users::User,
};
use updraft_store::{Op, Session, TokenOwner, Tx, UserRow};

use crate::{App, Error, clock, error::Result, new_id, secrets::hex, sources::audit};

/// How long a session lives without being renewed.
pub const SESSION_MS: i64 = 12 * 60 * 60 * 1000;
/// Failures after which a name has to wait.
const FAILURES_FREE: u32 = 5;
/// How long it waits for each further failure, at most.
const WAIT_MAX: Duration = Duration::from_secs(300);
/// Names remembered with their failures.
const NAMES_MAX: usize = 10_000;
const PASSWORD_CHARS_MIN: usize = 12;
const PASSWORD_CHARS_MAX: usize = 512;

/// Passwords that are hashed at the same time: each takes 19 MiB and a core for a while.
const HASHING_MAX: usize = 4;
/// How long a password waits to be hashed before its owner is asked to come back.
const HASHING_WAIT: Duration = Duration::from_secs(5);

/// Slows down guessing, by name, and keeps a flood of guesses from taking all memory.
#[derive(Debug)]
pub struct SignInGuard {
    failures: Mutex<HashMap<String, (u32, Timestamp)>>,
    hashing: Semaphore,
}

impl Default for SignInGuard {
    fn default() -> Self {
        Self {
            failures: Mutex::default(),
            hashing: Semaphore::new(HASHING_MAX),
        }
    }
}

impl SignInGuard {
    /// A place to hash a password in.
    async fn place(&self) -> Result<SemaphorePermit<'_>> {
        let place = tokio::time::timeout(HASHING_WAIT, self.hashing.acquire()).await;
        match place {
            Ok(Ok(place)) => Ok(place),
            _ => Err(Error::Busy { retry_after_s: 5 }),
        }
    }

    /// Whether the name may try now.
    fn admit(&self, name: &str, now: Timestamp) -> Result<()> {
        match self.wait_ms(name, now) {
            0 => Ok(()),
            wait => Err(Error::Busy {
                retry_after_s: (wait / 1000 + 1) as u32,
            }),
        }
    }

    /// Milliseconds that the name has to wait, 0 if none.
    fn wait_ms(&self, name: &str, now: Timestamp) -> i64 {
        let failures = self.failures.lock();
        let Some((count, last)) = failures.get(name) else {
            return 0;
        };
        if *count < FAILURES_FREE {
            return 0;
        }
        let doublings = (count - FAILURES_FREE).min(10);
        let wait = (1_000i64 << doublings).min(WAIT_MAX.as_millis() as i64);
        (wait - now.millis_since(*last)).max(0)
    }

    fn failed(&self, name: &str, now: Timestamp) {
        let mut failures = self.failures.lock();
        if failures.len() >= NAMES_MAX {
            failures.retain(|_, (_, at)| now.millis_since(*at) < WAIT_MAX.as_millis() as i64);
        }
        if failures.len() < NAMES_MAX {
            let entry = failures.entry(name.to_owned()).or_insert((0, now));
            *entry = (entry.0.saturating_add(1), now);
        }
    }

    fn succeeded(&self, name: &str) {
        self.failures.lock().remove(name);
    }
}

/// A session that was just opened.
#[derive(Debug)]
pub struct Opened {
    /// The cookie's value; shown to nobody else.
    pub token: String,
    /// Who signed in.
    pub user: User,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// SHA-256 of a token, which is what the store keeps.
pub fn hash_token(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// A password that nobody guesses, in groups that can be read aloud.
pub fn one_time_password() -> String {
    let digits = hex(&clock::random_bytes::<10>());
    let groups: Vec<&str> = (0..digits.len())
        .step_by(5)
        .filter_map(|start| digits.get(start..start + 5))
        .collect();
    groups.join("-")
}

/// The Argon2id hash of a password, in PHC form. Takes tens of milliseconds on purpose.
///
/// # Errors
/// [`Error::Invalid`] for a password that is too short or too long.
pub fn hash_password(password: &str) -> Result<String> {
    let length = password.chars().count();
    if !(PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&length) {
        return Err(Error::invalid(
            "password.length",
            format!("a password has {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters"),
            "three unrelated words make a good one",
        ));
    }
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| Error::Internal(format!("the password cannot be hashed: {error}")))
}

/// The hash of no password: a name that does not exist costs the same time as a wrong password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$7Bq9i4HCJLr0k1vYbVf0t5p6mB4sV0eFfZ4H5bqv7tM";

fn password_fits(hash: Option<&str>, password: &str) -> bool {
    let parsed = PasswordHash::new(hash.unwrap_or(NOBODY));
    let fits = parsed.is_ok_and(|parsed| {
        Argon2::default()
            .verify_password(password.as_bytes(), &parsed)
            .is_ok()
    });
    fits && hash.is_some()
}

/// Whoever can read the data folder is its owner: the command line on the server's own machine.
fn local_operator(now: Timestamp) -> (Principal, User) {
    let tenant = TenantId::DEFAULT;
    let principal = Principal {
        tenant,
        actor: Actor::system("command line"),
        role: Some(Role::Admin),
    };
    let user = User {
        id: UserId::new(0, 0),
        tenant,
        name: "command line".into(),
        role: Role::Admin,
        must_change_password: false,
        enabled: true,
        created_at: now,
    };
    (principal, user)
}

impl App {
    /// Opens a session for a name and a password.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], in the same words whatever was wrong; [`Error::Busy`] after too many failures.
    pub async fn sign_in(&self, name: &str, password: &str) -> Result<Opened> {
        let name = name.trim().to_lowercase();
        let now = clock::now();
        self.0.sign_ins.admit(&name, now)?;
        let tenant = TenantId::DEFAULT;
        let found = self.0.store.user_by_name(tenant, name.clone()).await?;
        let (user, hash) = match found {
            Some(row) => (Some(row.user), row.password_hash),
            None => (None, None),
        };
        let _place = self.0.sign_ins.place().await?;
        // Asked again and counted before it is known to be wrong: guesses side by side do not all come first.
        self.0.sign_ins.admit(&name, now)?;
        self.0.sign_ins.failed(&name, now);
        let given = password.to_owned();
        let fits = tokio::task::spawn_blocking(move || password_fits(hash.as_deref(), &given))
            .await
            .unwrap_or(false);
        match user {
            Some(user) if fits && user.enabled => {
                self.0.sign_ins.succeeded(&name);
                self.open_session(user, now).await
            }
            _ => {
                self.audit_sign_in(tenant, &name, "session.refused", now)
                    .await?;
                Err(Error::Unauthenticated(
                    "the name or the password is wrong".into(),
                ))
            }
        }
    }

    async fn session_user(&self, token: &str, now: Timestamp) -> Result<Option<User>> {
        let Some(session) = self.0.store.session(hash_token(token)).await? else {
            return self.token_user(token, now).await;
        };
        if session.expires_at <= now {
            return Ok(None);
        }
        let row = self
            .0
            .store
            .user(&App::driver(session.tenant), session.user)
            .await?;
        Ok(row.map(|row| row.user))
    }

    async fn token_user(&self, token: &str, now: Timestamp) -> Result<Option<User>> {
        let Some(token) = self.0.store.token(hash_token(token)).await? else {
            return Ok(None);
        };
        let TokenOwner::User(id) = token.owner else {
            return Ok(None);
        };
        if token.expires_at.is_some_and(|end| end <= now) {
            return Ok(None);
        }
        Ok(self
            .0
            .store
            .user(&App::driver(token.tenant), id)
            .await?
            .map(|row| row.user))
    }

    async fn open_session(&self, user: User, now: Timestamp) -> Result<Opened> {
        let token = format!("upd_{}", hex(&clock::random_bytes::<24>()));
        let expires_at = now.plus_millis(SESSION_MS);
        let mut tx = Tx::new(user.tenant).priority(Severity::High);
        let session = Session {
            tenant: user.tenant,
            user: user.id,
            created_at: now,
            expires_at,
            data: json!({}),
        };
        tx.ops.push(Op::PutSession {
            hash: hash_token(&token),
            session,
        });
        tx.ops.push(Op::Audit(AuditEntry {
            tenant: user.tenant,
            at: now,
            actor: Actor::User {
                id: user.id,
                name: user.name.clone(),
            },
            action: "session.open".into(),
            object: user.name.clone(),
            detail: json!({}),
        }));
        self.0.store.commit(tx).await?;
        Ok(Opened {
            token,
            user,
            expires_at,
        })
    }

    async fn audit_sign_in(
        &self,
        tenant: TenantId,
        name: &str,
        action: &str,
        at: Timestamp,
    ) -> Result<()> {
        let mut tx = Tx::new(tenant).priority(Severity::Low);
        tx.ops.push(Op::Audit(AuditEntry {
            tenant,
            at,
            actor: Actor::system("sign-in"),
            action: action.into(),
            object: name.chars().take(64).collect(),
            detail: json!({}),
        }));
        Ok(self.0.store.commit(tx).await.map(|_| ())?)
    }

    /// Who a session cookie or an API token belongs to.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when it is unknown, over, or its owner was switched off.
    pub async fn authenticate(&self, token: &str) -> Result<(Principal, User)> {
        let unknown = || Error::Unauthenticated("sign in first".into());
        let now = clock::now();
        if hash_token(token) == hash_token(&self.0.local_token) {
            return Ok(local_operator(now));
        }
        let user = self.session_user(token, now).await?.ok_or_else(unknown)?;
        if !user.enabled {
            return Err(unknown());
        }
        let actor = Actor::User {
            id: user.id,
            name: user.name.clone(),
        };
        Ok((
            Principal {
                tenant: user.tenant,
                actor,
                role: Some(user.role),
            },
            user,
        ))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn sign_out(&self, user: &User, token: &str) -> Result<()> {
        let mut tx = Tx::new(user.tenant).priority(Severity::High);
        tx.ops.push(Op::DeleteSession {
            hash: hash_token(token),
        });
        tx.ops.push(Op::Audit(AuditEntry {
            tenant: user.tenant,
            at: clock::now(),
            actor: Actor::User {
                id: user.id,
                name: user.name.clone(),
            },
            action: "session.close".into(),
            object: user.name.clone(),
            detail: json!({}),
        }));
        Ok(self.0.store.commit(tx).await.map(|_| ())?)
    }

    /// Replaces one's own password; every other session of the account ends.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for a wrong present password, [`Error::Invalid`] for a weak new one.
    pub async fn change_password(&self, user: &User, current: &str, new: &str) -> Result<()> {
        let found = self
            .0
            .store
            .user_by_name(user.tenant, user.name.clone())
            .await?;
        let UserRow {
            user: mut stored,
            password_hash: hash,
        } = found.ok_or_else(|| Error::not_found("user", &user.name))?;
        let _place = self.0.sign_ins.place().await?;
        let (given, next) = (current.to_owned(), new.to_owned());
        let checked = tokio::task::spawn_blocking(move || {
            password_fits(hash.as_deref(), &given).then(|| hash_password(&next))
        });
        let hash = match checked.await.unwrap_or(None) {
            None => {
                return Err(Error::Unauthenticated(
                    "the present password is wrong".into(),
                ));
            }
            Some(hash) => hash?,
        };
        if current == new {
            return Err(Error::invalid(
                "password.same",
                "the new password is the old one",
                "",
            ));
        }
        stored.must_change_password = false;
        let mut tx = Tx::new(user.tenant).priority(Severity::High);
        tx.ops.push(Op::PutUser {
            user: stored,
            password_hash: Some(hash),
        });
        tx.ops.push(Op::DeleteSessionsOf { user: user.id });
        tx.ops.push(Op::Audit(AuditEntry {
            tenant: user.tenant,
            at: clock::now(),
            actor: Actor::User {
                id: user.id,
                name: user.name.clone(),
            },
            action: "user.password".into(),
            object: user.name.clone(),
            detail: json!({}),
        }));
        Ok(self.0.store.commit(tx).await.map(|_| ())?)
    }

    /// Makes an account with a one-time password, which is answered once.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a bad name, [`Error::Conflict`] for one that is taken.
    pub async fn create_user(
        &self,
        granted: &Granted,
        name: &str,
        role: Role,
    ) -> Result<(User, String)> {
        let name = name.trim().to_lowercase();
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-@+".contains(c);
        if name.is_empty() || name.len() > 128 || !name.chars().all(fits) {
            return Err(Error::invalid(
                "user.name",
                "a name has 1 to 128 letters, digits and . _ - @ +",
                "for example ada@example.com",
            ));
        }
        let _turn = self.0.settings_turn.lock().await;
        if self
            .0
            .store
            .user_by_name(granted.tenant(), name.clone())
            .await?
            .is_some()
        {
            return Err(Error::Conflict(format!(
                "there is an account `{name}` already"
            )));
        }
        let user = User {
            id: new_id!(UserId),
            tenant: granted.tenant(),
            name,
            role,
            must_change_password: true,
            enabled: true,
            created_at: clock::now(),
        };
        let password = self.save_user(granted, &user, "user.create", true).await?;
        Ok((user, password))
    }

    /// Changes an account's role or switches it on or off.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it would leave nobody who may administer.
    pub async fn change_user(
        &self,
        granted: &Granted,
        id: UserId,
        role: Option<Role>,
        enabled: Option<bool>,
    ) -> Result<User> {
        let _turn = self.0.settings_turn.lock().await;
        let users = self.0.store.users(granted).await?;
        let mut user = users
            .iter()
            .find(|user| user.id == id)
            .cloned()
            .ok_or_else(|| Error::not_found("user", id))?;
        user.role = role.unwrap_or(user.role);
        user.enabled = enabled.unwrap_or(user.enabled);
        let admins = users.iter().filter(|other| {
            let other = if other.id == id { &user } else { other };
            other.enabled && other.role == Role::Admin
        });
        if admins.count() == 0 {
            return Err(Error::invalid(
                "user.last_admin",
                "this would leave no administrator",
                "make somebody else an administrator first",
            ));
        }
        self.save_user(granted, &user, "user.change", false).await?;
        Ok(user)
    }

    /// Gives an account a new one-time password; its sessions end.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn reset_password(&self, granted: &Granted, id: UserId) -> Result<String> {
        let _turn = self.0.settings_turn.lock().await;
        let users = self.0.store.users(granted).await?;
        let mut user = users
            .into_iter()
            .find(|user| user.id == id)
            .ok_or_else(|| Error::not_found("user", id))?;
        user.must_change_password = true;
        self.save_user(granted, &user, "user.password_reset", true)
            .await
    }

    async fn save_user(
        &self,
        granted: &Granted,
        user: &User,
        action: &str,
        with_password: bool,
    ) -> Result<String> {
        let password = one_time_password();
        let hash = if with_password {
            Some(hash_password(&password)?)
        } else {
            None
        };
        let now = clock::now();
        let mut tx = Tx::new(user.tenant).priority(Severity::High);
        tx.ops.push(Op::PutUser {
            user: user.clone(),
            password_hash: hash,
        });
        if with_password || !user.enabled {
            tx.ops.push(Op::DeleteSessionsOf { user: user.id });
        }
        let detail = json!({ "role": user.role, "enabled": user.enabled });
        tx.ops.push(audit(granted, action, &user.name, detail, now));
        self.0.store.commit(tx).await?;
        Ok(password)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_only_its_own_hash() {
        let hash = hash_password("correct horse battery").unwrap();
        assert!(password_fits(Some(&hash), "correct horse battery"));
        assert!(!password_fits(Some(&hash), "correct horse batterz"));
        assert!(!password_fits(None, "correct horse battery"));
        assert!(hash_password("short").is_err());
    }

    #[test]
    fn a_name_that_does_not_exist_costs_as_much_as_a_wrong_password() {
        let real = hash_password("correct horse battery").unwrap();
        let (real, nobody) = (
            PasswordHash::new(&real).unwrap(),
            PasswordHash::new(NOBODY).unwrap(),
        );
        assert_eq!(real.algorithm, nobody.algorithm);
        assert_eq!(real.version, nobody.version);
        assert_eq!(real.params, nobody.params);
        let length = |hash: &PasswordHash| hash.hash.as_ref().map(|output| output.len());
        assert_eq!(length(&real), length(&nobody));
    }

    #[test]
    fn guessing_has_to_wait_longer_and_longer() {
        let guard = SignInGuard::default();
        let now = Timestamp::from_millis(1_000_000);
        for _ in 0..FAILURES_FREE {
            assert_eq!(guard.wait_ms("ada", now), 0);
            guard.failed("ada", now);
        }
        assert_eq!(guard.wait_ms("ada", now), 1_000);
        guard.failed("ada", now);
        assert_eq!(guard.wait_ms("ada", now), 2_000);
        assert_eq!(guard.wait_ms("bob", now), 0);
        guard.succeeded("ada");
        assert_eq!(guard.wait_ms("ada", now), 0);
    }
}
