//! Copies of the database: made while it is in use, checked before they are put back.

use std::{fs, fs::File, path::Path, time::Duration};

use rusqlite::{Connection, backup::Backup};

use super::{DATABASE_FILE, connection::failure, connection::inspect};
use crate::{error::Error, schema};

/// How many pages are copied at once.
const PAGES_AT_ONCE: i32 = 2_048;

/// Copies the database as it is at this moment into a new file.
pub(crate) fn copy(source: &Path, target: &Path) -> Result<(), Error> {
    if target.exists() {
        return Err(Error::Invalid {
            detail: format!("{} exists already: name a new file", target.display()),
        });
    }
    let mut partial = target.as_os_str().to_owned();
    partial.push(".partial");
    let partial = Path::new(&partial);
    let io = |error: std::io::Error| Error::Io {
        detail: format!("{}: {error}", target.display()),
    };
    let copied = (|| {
        let source = Connection::open(source).map_err(failure)?;
        // The open read keeps this moment, so that writes meanwhile do not make the copy start again.
        source
            .execute_batch("PRAGMA query_only = ON; BEGIN; SELECT COUNT(*) FROM schema_version;")
            .map_err(failure)?;
        let mut copy = Connection::open(partial).map_err(failure)?;
        Backup::new(&source, &mut copy)
            .and_then(|backup| backup.run_to_completion(PAGES_AT_ONCE, Duration::ZERO, None))
            .map_err(failure)?;
        copy.close().map_err(|(_, error)| failure(error))?;
        File::open(partial)
            .and_then(|file| file.sync_all())
            .map_err(io)
    })();
    if let Err(error) = copied {
        let _ = fs::remove_file(partial);
        return Err(error);
    }
    fs::rename(partial, target).map_err(io)?;
    sync_folder_of(target);
    Ok(())
}

/// Checks that a file is a whole database of a schema that this program knows.
///
/// # Errors
/// [`Error::Corrupt`] and [`Error::NewerSchema`] say what is wrong with it, [`Error::Io`] that it cannot be read.
pub fn check_file(path: &Path) -> Result<(), Error> {
    let database = inspect(path)?;
    let verdict: String = database
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(failure)?;
    if verdict != "ok" {
        return Err(Error::corrupt("database", verdict));
    }
    let found: i64 = database
        .query_row(
            "SELECT COALESCE(MAX(version), 0) FROM schema_version",
            [],
            |row| row.get(0),
        )
        .map_err(|error| Error::corrupt("database", error))?;
    if found > schema::newest() {
        return Err(Error::NewerSchema {
            found,
            known: schema::newest(),
        });
    }
    Ok(())
}

/// Puts a backup into an empty data folder, after checking it.
///
/// # Errors
/// As [`check_file`]; [`Error::Invalid`] when the folder already has a database.
pub fn restore_from(backup: &Path, folder: &Path) -> Result<(), Error> {
    check_file(backup)?;
    let target = folder.join(DATABASE_FILE);
    if target.exists() {
        return Err(Error::Invalid {
            detail: format!("{} exists already: move it away first", target.display()),
        });
    }
    let io = |error: std::io::Error| Error::Io {
        detail: format!("{}: {error}", target.display()),
    };
    fs::create_dir_all(folder).map_err(io)?;
    let partial = folder.join("updraft.db.partial");
    fs::copy(backup, &partial).map_err(io)?;
    File::open(&partial)
        .and_then(|file| file.sync_all())
        .map_err(io)?;
    fs::rename(&partial, &target).map_err(io)?;
    sync_folder_of(&target);
    Ok(())
}

/// A renamed file is only there for good when its folder is on the disk. Not every file system can say so.
fn sync_folder_of(path: &Path) {
    if let Some(folder) = path.parent() {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
}
