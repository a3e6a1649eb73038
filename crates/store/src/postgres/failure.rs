//! What PostgreSQL's refusal means for us.

use tokio_postgres::error::SqlState;

use super::READ_MS_MAX;
use crate::error::{Conflict, Error};

pub(super) fn failure(error: tokio_postgres::Error) -> Error {
    let Some(cause) = error.as_db_error() else {
        return Error::Unreachable {
            detail: chain(&error),
        };
    };
    let detail = format!("{}: {}", cause.code().code(), cause.message());
    let code = cause.code();
    if *code == SqlState::UNIQUE_VIOLATION {
        return Conflict::Duplicate {
            what: "name or id",
            name: cause.constraint().unwrap_or_default().to_owned(),
        }
        .into();
    }
    if *code == SqlState::T_R_DEADLOCK_DETECTED || *code == SqlState::T_R_SERIALIZATION_FAILURE {
        // The writer tries such a batch again; who sees this met it too often.
        return Error::Busy {
            waiting: 1,
            limit: 1,
        };
    }
    if *code == SqlState::QUERY_CANCELED {
        return Error::TooSlow {
            limit_ms: READ_MS_MAX,
        };
    }
    match code.code().get(..2) {
        // WIRE: the classes of SQLSTATE.
        Some("08" | "57") => Error::Unreachable { detail },
        Some("53") if *code == SqlState::DISK_FULL => Error::Full { detail },
        Some("53" | "58") => Error::Io { detail },
        Some("XX") => Error::Corrupt {
            what: "database",
            detail,
        },
        _ => Error::Refused { detail },
    }
}

/// The client's own message leaves out the reason behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
