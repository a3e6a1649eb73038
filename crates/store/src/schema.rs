//! The tables, as numbered steps that are applied in order and never changed afterwards.
//!
//! The text is SQLite's; PostgreSQL's is derived from it word by word (`for_postgres`), so the two cannot drift apart.
//! Only the text search differs in kind: an FTS5 table here, a `tsvector` column there.
//!
//! Rows carry short tenant numbers (`names.rs`); identifiers are 16 bytes whose order is the order of time; the full
//! record is compact JSON in `body`, and only what is searched or counted by has a column of its own.

use crate::{
    error::Error,
    seam::{Backend, Dialect, Val},
};

/// One step: the tables that both have, and what only one of them needs.
struct Step {
    both: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// WIRE: a released step is never edited; a change is a new step.
const STEPS: &[Step] = &[
    Step {
        both: include_str!("schema/001.sql"),
        sqlite: include_str!("schema/001_sqlite.sql"),
        postgres: include_str!("schema/001_postgres.sql"),
    },
    Step {
        both: include_str!("schema/002.sql"),
        sqlite: "",
        postgres: "",
    },
    Step {
        both: include_str!("schema/003.sql"),
        sqlite: "",
        postgres: "",
    },
    Step {
        both: include_str!("schema/004.sql"),
        sqlite: "",
        postgres: "",
    },
    Step {
        both: include_str!("schema/005.sql"),
        sqlite: "",
        postgres: "",
    },
    Step {
        both: include_str!("schema/006.sql"),
        sqlite: "",
        postgres: "",
    },
    Step {
        both: include_str!("schema/007.sql"),
        sqlite: "",
        postgres: "",
    },
];

/// The newest schema that this program knows.
pub(crate) fn newest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Brings the database to the newest schema, one step and one transaction at a time.
pub(crate) fn migrate(backend: &mut dyn Backend) -> Result<(), Error> {
    let dialect = backend.dialect();
    let lock = match dialect {
        Dialect::Sqlite => "SELECT 1",
        // Two programs that start at once must not both migrate; any number will do, as long as it stays.
        Dialect::Postgres => "SELECT pg_advisory_xact_lock(7238901)",
    };
    loop {
        backend.begin()?;
        let done = (|| {
            backend.script(lock)?;
            backend.script(&table_of_versions(dialect))?;
            let found = version(backend)?;
            if found > newest() {
                return Err(Error::NewerSchema {
                    found,
                    known: newest(),
                });
            }
            let Some(step) = usize::try_from(found).ok().and_then(|at| STEPS.get(at)) else {
                return Ok(true);
            };
            match dialect {
                Dialect::Sqlite => {
                    backend.script(step.both)?;
                    backend.script(step.sqlite)?;
                }
                Dialect::Postgres => {
                    backend.script(&for_postgres(step.both))?;
                    backend.script(step.postgres)?;
                }
            }
            backend.run(
                "INSERT INTO schema_version (version) VALUES (?1)",
                &[Val::Int(found + 1)],
            )?;
            Ok(false)
        })();
        match done {
            Ok(finished) => {
                backend.commit()?;
                if finished {
                    return Ok(());
                }
            }
            Err(error) => {
                backend.rollback();
                return Err(error);
            }
        }
    }
}

/// The schema that the database has; 0 for an empty one.
fn version(backend: &mut dyn Backend) -> Result<i64, Error> {
    let row = backend.row("SELECT COALESCE(MAX(version), 0) FROM schema_version", &[])?;
    row.map_or(Ok(0), |row| row.int(0))
}

fn table_of_versions(dialect: Dialect) -> String {
    let text = "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL UNIQUE)";
    match dialect {
        Dialect::Sqlite => text.to_owned(),
        Dialect::Postgres => for_postgres(text),
    }
}

fn for_postgres(sqlite: &str) -> String {
    sqlite
        .replace("INTEGER PRIMARY KEY", "BIGSERIAL PRIMARY KEY")
        .replace("INTEGER", "BIGINT")
        .replace("BLOB", "BYTEA")
        .replace(") WITHOUT ROWID", ")")
}
