//! What `doctor` and the metrics page show.

use crate::{
    Store,
    error::Error,
    seam::{Db, Dialect},
};

/// How much there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// The newest migration that was applied.
    pub schema_version: i64,
    /// Cases, of all tenants, by their counters.
    pub cases: u64,
    /// The highest row number ever given, per table: nearly the count, and free.
    pub rows: Vec<(&'static str, u64)>,
    /// Alerts that nobody has looked at.
    pub inbox: u64,
    /// Runs that are not over.
    pub unfinished_runs: u64,
    /// Size of the database.
    pub database_bytes: u64,
    /// Size of the write-ahead log (SQLite only).
    pub wal_bytes: u64,
    /// Transactions that wait for the writer.
    pub waiting: u64,
}

impl Store {
    /// How much there is, over all tenants.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn stats(&self) -> Result<Stats, Error> {
        let mut stats = self.read(stats).await?;
        if let Some((database, wal)) = self.file_sizes() {
            stats.database_bytes = database;
            stats.wal_bytes = wal;
        }
        stats.waiting = self.waiting() as u64;
        Ok(stats)
    }
}

fn stats(db: &mut dyn Db) -> Result<Stats, Error> {
    let mut count = |sql| db.row(sql, &[])?.map_or(Ok(0), |row| row.count(0));
    let mut stats = Stats {
        schema_version: i64::try_from(count("SELECT MAX(version) FROM schema_version")?)
            .unwrap_or(0),
        cases: count("SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM case_counters")?,
        inbox: count("SELECT COUNT(*) FROM alerts WHERE state = 0")?,
        unfinished_runs: count("SELECT COUNT(*) FROM runs WHERE state < 2")?
            + count("SELECT COUNT(*) FROM runs WHERE state = 2")?,
        ..Stats::default()
    };
    for (table, sql) in [
        ("alerts", "SELECT COALESCE(MAX(seq), 0) FROM alerts"),
        ("cases", "SELECT COALESCE(MAX(seq), 0) FROM cases"),
        ("runs", "SELECT COALESCE(MAX(seq), 0) FROM runs"),
        ("timeline", "SELECT COALESCE(MAX(seq), 0) FROM timeline"),
        ("answers", "SELECT COALESCE(MAX(seq), 0) FROM answers"),
        ("blobs", "SELECT COALESCE(MAX(seq), 0) FROM blobs"),
    ] {
        stats.rows.push((table, count(sql)?));
    }
    if db.dialect() == Dialect::Postgres {
        stats.database_bytes = db
            .row("SELECT pg_database_size(current_database())", &[])?
            .map_or(Ok(0), |row| row.count(0))?;
    }
    Ok(stats)
}
