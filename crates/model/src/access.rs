//! Who may do what. A permission that was checked is a value, [`Granted`], and data is only given to its holder.

use serde::{Deserialize, Serialize};

use crate::{RunId, SourceId, TenantId, UserId};

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    /// A person with an account.
    User {
        /// Their identifier.
        id: UserId,
        /// Their sign-in name.
        name: String,
    },
    /// An intake.
    Source {
        /// Its identifier.
        id: SourceId,
        /// Its name.
        name: String,
    },
    /// A playbook's run.
    Run {
        /// Its identifier.
        id: RunId,
        /// The playbook's name.
        playbook: String,
    },
    /// The program itself: `retention`, `migration`, `setup`.
    System {
        /// Which part.
        part: String,
    },
}

impl Actor {
    /// The program itself.
    pub fn system(part: impl Into<String>) -> Self {
        Actor::System { part: part.into() }
    }
    /// A short label for lists.
    pub fn label(&self) -> String {
        match self {
            Actor::User { name, .. } => name.clone(),
            Actor::Source { name, .. } => format!("source {name}"),
            Actor::Run { playbook, .. } => format!("playbook {playbook}"),
            Actor::System { part } => format!("system ({part})"),
        }
    }
}

/// What a person with an account is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads everything, changes nothing.
    Auditor,
    /// Works on cases.
    Analyst,
    /// Analyst who also configures sources, connections and playbooks.
    Engineer,
    /// Everything, accounts included.
    Admin,
}

impl Role {
    /// All, least first.
    pub const ALL: [Role; 4] = [Role::Auditor, Role::Analyst, Role::Engineer, Role::Admin];

    /// The word used in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Auditor => "auditor",
            Role::Analyst => "analyst",
            Role::Engineer => "engineer",
            Role::Admin => "admin",
        }
    }
    /// Reads the word used in JSON.
    pub fn from_word(word: &str) -> Option<Self> {
        Role::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

/// One thing that may be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See alerts, cases, runs and reports.
    CaseRead,
    /// Change, comment, close, re-run cases.
    CaseWrite,
    /// Hand in an alert.
    AlertSubmit,
    /// See sources and connections (never their secrets).
    ConfigRead,
    /// Change sources and connections.
    ConfigWrite,
    /// See accounts.
    UserRead,
    /// Change accounts.
    UserWrite,
    /// Read the audit record.
    AuditRead,
}

impl Permission {
    /// All.
    pub const ALL: [Permission; 8] = [
        Permission::CaseRead,
        Permission::CaseWrite,
        Permission::AlertSubmit,
        Permission::ConfigRead,
        Permission::ConfigWrite,
        Permission::UserRead,
        Permission::UserWrite,
        Permission::AuditRead,
    ];
}

/// Somebody who was authenticated, before anything was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Where they belong.
    pub tenant: TenantId,
    /// Who they are.
    pub actor: Actor,
    /// Their role; an intake has none and may only submit.
    pub role: Option<Role>,
}

/// Refused, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{who} may not do this: it takes the permission {permission:?}")]
pub struct Denied {
    /// Who asked.
    pub who: String,
    /// What it would take.
    pub permission: Permission,
}

/// Proof that a permission was checked. Only this module makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    tenant: TenantId,
    actor: Actor,
    permission: Permission,
}

impl Granted {
    /// The tenant whose records may be touched.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }
    /// Who was allowed.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
    /// What was allowed.
    pub fn permission(&self) -> Permission {
        self.permission
    }
    /// For the program's own drivers, which act for a tenant without a person: runs, retention, metrics.
    pub fn system(tenant: TenantId, part: &str, permission: Permission) -> Self {
        Self {
            tenant,
            actor: Actor::system(part),
            permission,
        }
    }
}

/// The whole access rule: role × permission.
pub const fn allows(role: Role, permission: Permission) -> bool {
    match permission {
        Permission::CaseRead | Permission::ConfigRead => true,
        Permission::CaseWrite | Permission::AlertSubmit => {
            matches!(role, Role::Analyst | Role::Engineer | Role::Admin)
        }
        Permission::ConfigWrite => matches!(role, Role::Engineer | Role::Admin),
        Permission::UserRead | Permission::UserWrite => matches!(role, Role::Admin),
        Permission::AuditRead => matches!(role, Role::Auditor | Role::Admin),
    }
}

/// Checks one permission and hands out the proof.
///
/// # Errors
/// [`Denied`] when the principal's role does not carry the permission.
pub fn authorize(principal: &Principal, permission: Permission) -> Result<Granted, Denied> {
    let allowed = match principal.role {
        Some(role) => allows(role, permission),
        None => permission == Permission::AlertSubmit,
    };
    if !allowed {
        return Err(Denied {
            who: principal.actor.label(),
            permission,
        });
    }
    Ok(Granted {
        tenant: principal.tenant,
        actor: principal.actor.clone(),
        permission,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auditor_reads_and_changes_nothing() {
        for permission in Permission::ALL {
            let reads = matches!(
                permission,
                Permission::CaseRead | Permission::ConfigRead | Permission::AuditRead
            );
            assert_eq!(allows(Role::Auditor, permission), reads, "{permission:?}");
        }
    }

    #[test]
    fn an_intake_may_only_submit() {
        let source = Principal {
            tenant: TenantId::DEFAULT,
            actor: Actor::Source {
                id: SourceId::new(1, 1),
                name: "siem".into(),
            },
            role: None,
        };
        assert!(authorize(&source, Permission::AlertSubmit).is_ok());
        assert!(authorize(&source, Permission::CaseRead).is_err());
    }
}
