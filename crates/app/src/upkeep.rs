//! Keeping the house: payloads for egress, retention, key rotation, backup, the doctor's findings.

use std::{path::Path, sync::Arc, time::Duration};

use serde::Serialize;
use serde_json::json;
use updraft_model::{BlobHash, Granted, Permission, Severity, TenantId};
use updraft_store::{Op, Retention, SealedConnection, Tx};

use crate::{App, clock, connections::place, error::Result, secrets::Keyring, sources::audit};

/// Pause between two sweeps of what has passed its retention.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

/// The payloads of one tenant, as egress reads them.
#[derive(Debug, Clone)]
pub struct TenantBlobs {
    app: App,
    tenant: TenantId,
}

impl TenantBlobs {
    pub(crate) fn new(app: &App, tenant: TenantId) -> Self {
        Self {
            app: app.clone(),
            tenant,
        }
    }
}

impl updraft_egress::Blobs for TenantBlobs {
    fn get(&self, hash: BlobHash) -> updraft_egress::Fetching<'_> {
        Box::pin(async move {
            match self.app.store().blob(&App::driver(self.tenant), hash).await {
                Ok(bytes) => bytes.map(Arc::from),
                Err(error) => {
                    tracing::error!(blob = %hash, error = %error, "A payload cannot be read");
                    None
                }
            }
        })
    }
}

pub(crate) async fn drive_retention(app: App) {
    loop {
        tokio::select! {
            biased;
            () = tokio::time::sleep(SWEEP_EVERY) => {}
            () = app.0.stop.notified() => return,
        }
        match app.0.store.sweep(clock::now(), Retention::default()).await {
            Ok(swept) => tracing::info!(?swept, "Removed what has passed its retention"),
            Err(error) => tracing::error!(error = %error, "The retention sweep failed"),
        }
    }
}

/// Puts a backup into a data folder that holds no database.
///
/// # Errors
/// The backup is damaged, or there is a database already.
pub fn restore(backup: &Path, data: &Path) -> Result<()> {
    updraft_store::check_file(backup)?;
    Ok(updraft_store::restore_from(backup, data)?)
}

/// One finding of the doctor.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub what: &'static str,
    /// True when it is as it should be.
    pub ok: bool,
    /// What was found.
    pub found: String,
    /// What to do about it; empty when nothing.
    pub hint: String,
}

impl App {
    /// Seals every stored secret with a new key and forgets the old ones.
    ///
    /// # Errors
    /// A key file that cannot be written, a secret that does not open, or the store; the old keys are
    /// forgotten only after everything opens with the new one.
    pub async fn rotate_key(&self) -> Result<usize> {
        let _turn = self.0.settings_turn.lock().await;
        let file = self.config().data.join("key");
        Keyring::add_key(&file)?;
        let both = Arc::new(Keyring::load(None, &file)?);
        *self.0.keyring.write() = both.clone();
        let mut resealed = 0;
        for row in self
            .0
            .store
            .connections(&App::driver(TenantId::DEFAULT))
            .await?
        {
            let SealedConnection {
                connection,
                sealed: Some(sealed),
            } = row
            else {
                continue;
            };
            let secrets = both.open(&place(connection.id), &sealed)?;
            let sealed = both.seal(&place(connection.id), &secrets);
            let granted =
                Granted::system(connection.tenant, "key rotation", Permission::ConfigWrite);
            let name = connection.name.clone();
            let tx = Tx::new(connection.tenant)
                .priority(Severity::High)
                .with(Op::PutConnection {
                    connection,
                    sealed: Some(sealed),
                })
                .with(audit(
                    &granted,
                    "connection.reseal",
                    &name,
                    json!({}),
                    clock::now(),
                ));
            self.0.store.commit(tx).await?;
            resealed += 1;
        }
        resealed += self.reseal_playbook_inputs(&both).await?;
        Keyring::forget_old_keys(&file)?;
        *self.0.keyring.write() = Arc::new(Keyring::load(None, &file)?);
        Ok(resealed)
    }

    /// Copies the database into the folder `backups` of the data folder and answers where.
    ///
    /// # Errors
    /// As [`App::backup`].
    pub async fn backup_here(&self, granted: &Granted) -> Result<std::path::PathBuf> {
        let folder = self.config().data.join("backups");
        std::fs::create_dir_all(&folder).map_err(|error| {
            crate::Error::Internal(format!("{} cannot be made: {error}", folder.display()))
        })?;
        let now = clock::now();
        let name = format!("updraft-{}.db", now.millis());
        let path = folder.join(&name);
        self.backup(&path).await?;
        let tx = Tx::new(granted.tenant())
            .priority(Severity::High)
            .with(audit(granted, "backup.create", &name, json!({}), now));
        self.0.store.commit(tx).await?;
        Ok(std::fs::canonicalize(&path).unwrap_or(path))
    }

    /// Copies the database into a new file while everything goes on. The key file is not part of it.
    ///
    /// # Errors
    /// [`crate::Error::Store`] when the copy cannot be made or the target exists.
    pub async fn backup(&self, target: &Path) -> Result<()> {
        Ok(self.0.store.backup_to(target).await?)
    }

    /// Looks at everything that a healthy installation needs, for the tenant that it started with.
    pub async fn doctor(&self) -> Vec<Finding> {
        self.doctor_of(&App::driver(TenantId::DEFAULT)).await
    }

    /// Looks at everything that a healthy installation needs; of what tenants have, only at the asker's.
    pub async fn doctor_of(&self, asker: &Granted) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut add = |what, result: std::result::Result<String, (String, String)>| {
            let (ok, found, hint) = match result {
                Ok(found) => (true, found, String::new()),
                Err((found, hint)) => (false, found, hint),
            };
            findings.push(Finding {
                what,
                ok,
                found,
                hint,
            });
        };
        add(
            "store",
            match self.0.store.stats().await {
                Ok(stats) => Ok(format!(
                    "schema {}, {} cases, {} alerts waiting, {} runs not over, {} MiB",
                    stats.schema_version,
                    stats.cases,
                    stats.inbox,
                    stats.unfinished_runs,
                    stats.database_bytes >> 20,
                )),
                Err(error) => Err((
                    error.to_string(),
                    "check the disk and the data folder".into(),
                )),
            },
        );
        let tenant = asker.tenant();
        let auditor = Granted::system(tenant, "doctor", Permission::AuditRead);
        add(
            "audit record",
            match self.0.store.audit_verify(&auditor).await {
                Ok(report) => match report.broken {
                    None => Ok(format!("{} entries, unbroken", report.sound)),
                    Some((seq, why)) => Err((
                        format!("broken at entry {seq}: {why}"),
                        "somebody changed the record outside Updraft: compare with a backup".into(),
                    )),
                },
                Err(error) => Err((
                    error.to_string(),
                    "check the disk and the data folder".into(),
                )),
            },
        );
        let picture = self.catalog().now();
        add(
            "content",
            Ok(format!(
                "{} connectors, {} playbooks, {} mappings",
                picture.library().connectors.len(),
                picture.library().playbooks.len(),
                picture.library().mappings.len()
            )),
        );
        for found in self.playbook_findings(asker).await {
            add("playbook", found);
        }
        for (_, wired) in picture
            .connections
            .iter()
            .filter(|((of, _), _)| *of == tenant)
        {
            let name = &wired.connection.name;
            add(
                "connection",
                match &wired.problem {
                    None => Ok(format!("{name} is ready")),
                    Some(problem) => Err((
                        format!("{name}: {problem}"),
                        "open the connection's page and complete it".into(),
                    )),
                },
            );
        }
        findings
    }

    /// Live versions that this program cannot use, and a repository that cannot be read.
    async fn playbook_findings(
        &self,
        asker: &Granted,
    ) -> Vec<std::result::Result<String, (String, String)>> {
        let mut found = Vec::new();
        match self.unusable_live(asker.tenant()).await {
            Ok(lost) => found.extend(lost.into_iter().map(|(id, number)| {
                Err((
                    format!("the live version {number} of `{id}` cannot be used by this program"),
                    "open its draft, correct what is said there, and activate a new version".into(),
                ))
            })),
            Err(error) => found.push(Err((error.to_string(), String::new()))),
        }
        if let Ok(Some(pull)) = self.last_playbook_pull(asker).await {
            let refused = pull.refused.iter().map(|one| one.id.as_str());
            let refused: Vec<&str> = refused.collect();
            if !pull.error.is_empty() {
                found.push(Err((
                    format!("nothing could be pulled: {}", pull.error),
                    "correct the repository or its settings, then `updraft playbook pull`".into(),
                )));
            } else if !refused.is_empty() {
                found.push(Err((
                    format!("not taken from the repository: {}", refused.join(", ")),
                    "`updraft playbook pull` says why".into(),
                )));
            }
        }
        found
    }
}

/// Durable writes of one disk.
#[derive(Debug, Clone, Copy)]
pub struct WriteFigures {
    /// Journal entries a second of one run that waits for each step.
    pub alone: f64,
    /// Journal entries a second of 256 runs side by side.
    pub together: f64,
}

/// Measures how many journal entries a second are durable in a database on this disk.
///
/// # Errors
/// The folder cannot be written.
pub async fn measure_writes(folder: &Path) -> Result<WriteFigures> {
    let folder = folder.join(format!(
        "updraft-bench-{:016x}",
        clock::random_u128() as u64
    ));
    std::fs::create_dir_all(&folder)
        .map_err(|error| crate::Error::Internal(format!("{}: {error}", folder.display())))?;
    let store =
        updraft_store::Store::open_sqlite(&folder, updraft_store::SqliteOptions::default()).await?;
    let alone = journal_rate(&store, 1, 300).await?;
    let together = journal_rate(&store, 256, 200).await?;
    store.close().await;
    let _ = std::fs::remove_dir_all(&folder);
    Ok(WriteFigures { alone, together })
}

async fn journal_rate(store: &updraft_store::Store, writers: usize, steps: u64) -> Result<f64> {
    const ENTRIES: usize = 4;
    let begun = std::time::Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..writers {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let run = crate::new_id!(updraft_model::RunId);
            for step in 0..steps {
                let entries = vec![vec![b'x'; 400]; ENTRIES];
                let first_seq = step * ENTRIES as u64;
                let tx = Tx::new(TenantId::DEFAULT).with(Op::AppendJournal {
                    run,
                    entries,
                    first_seq,
                });
                store.commit(tx).await?;
            }
            Ok::<_, updraft_store::Error>(())
        }));
    }
    for task in tasks {
        task.await
            .map_err(|error| crate::Error::Internal(error.to_string()))??;
    }
    let written = writers as f64 * steps as f64 * ENTRIES as f64;
    Ok(written / begun.elapsed().as_secs_f64())
}
