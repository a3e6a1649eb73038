//! Reading one commit of a local repository through the `git` program: which files there are, what they hold, who
//! wrote them, whether the commit is signed.
//!
//! Nothing is checked out, fetched or written. The repository's contents and its configuration are hostile: programs
//! that a configuration could name are named here instead, no transport is allowed, arguments are fixed and go to no
//! shell, and every answer has a limit and a time. Only files are read; symbolic links and submodules are reported.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    process::Command,
};

/// How long one question may take.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// Longest list of files, bytes.
const LIST_BYTES_MAX: usize = 16 << 20;
/// Most files below the path.
const ENTRIES_MAX: usize = 50_000;
/// All contents of one reading together, bytes.
pub(super) const CONTENT_BYTES_MAX: u64 = 64 << 20;
/// What git complains is shown up to here, bytes.
const COMPLAINT_BYTES_MAX: usize = 2_000;
/// What git says (in English, see `LC_ALL` below) about a name that is not there.
const NO_SUCH_NAME: &str = "Needed a single revision";
/// Longest name of a branch, characters.
const BRANCH_CHARS_MAX: usize = 200;

/// Settings over whatever the repository, the account or the machine has configured.
const CONFIG: &[&str] = &[
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.alternateRefsCommand=true",
    "protocol.allow=never",
    "log.showSignature=false",
    "gpg.program=gpg",
    "gpg.openpgp.program=gpg",
    "gpg.x509.program=gpgsm",
    "gpg.ssh.program=ssh-keygen",
];

/// What was wrong, in words.
pub(super) type Fault = String;

/// A repository on this machine.
#[derive(Debug)]
pub(super) struct Repository {
    folder: PathBuf,
    signers: Option<PathBuf>,
}

/// An entry of a commit's tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its path, from the root of the repository.
    pub path: String,
    /// What it is.
    pub what: What,
}

/// What an entry of a tree is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// A file: the name of its content, and its length in bytes.
    File(String, u64),
    /// A symbolic link.
    Link,
    /// A submodule.
    Submodule,
    /// Its path is no UTF-8.
    Unreadable,
}

/// Who changed something last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// The commit.
    pub commit: String,
    /// `Name <address>`, as the commit says.
    pub author: String,
}

/// True for a branch that can be asked for.
pub(super) fn is_branch(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    !name.is_empty()
        && name.len() <= BRANCH_CHARS_MAX
        && name.chars().all(allowed)
        && !name.contains("..")
        && !name.contains("//")
        && !name.starts_with(['-', '/', '.'])
        && !name.ends_with(['/', '.'])
}

impl Repository {
    /// A clone or a bare repository. `signers` is a file in the format of `ssh-keygen`'s allowed signers; without it
    /// the account's own configuration says whose signatures count.
    pub(super) fn new(folder: &Path, signers: Option<PathBuf>) -> Self {
        Self {
            folder: folder.to_owned(),
            signers,
        }
    }

    /// The newest commit of a branch: a local one, else one of a remote (`origin/main`).
    pub(super) async fn newest(&self, branch: &str) -> Result<String, Fault> {
        let mut first = None;
        for place in ["heads", "remotes"] {
            let wanted = format!("refs/{place}/{branch}^{{commit}}");
            let args = ["rev-parse", "--verify", "--end-of-options", &wanted];
            match self.ask(&args, Vec::new(), 200).await {
                Ok(answer) => return object_name(&answer),
                Err(fault) => first = first.or(Some(fault)),
            }
        }
        match first {
            Some(fault) if !fault.contains(NO_SUCH_NAME) => Err(fault),
            _ => Err(format!(
                "the repository has no branch `{branch}`; write one of a remote as `origin/{branch}`"
            )),
        }
    }

    /// Fails unless the commit has a good signature of somebody who counts.
    pub(super) async fn verify(&self, commit: &str) -> Result<(), Fault> {
        let args = ["verify-commit", "--end-of-options", commit];
        self.ask(&args, Vec::new(), LIST_BYTES_MAX)
            .await
            .map(|_| ())
    }

    /// Everything below a path of a commit; an empty path is the whole tree.
    pub(super) async fn list(&self, commit: &str, path: &str) -> Result<Vec<Entry>, Fault> {
        let mut args = vec![
            "ls-tree",
            "-r",
            "-l",
            "-z",
            "--full-tree",
            "--end-of-options",
            commit,
        ];
        let below = format!("{path}/");
        if !path.is_empty() {
            args.extend(["--", &below]);
        }
        let answer = self.ask(&args, Vec::new(), LIST_BYTES_MAX).await?;
        let lines = answer
            .split(|byte| *byte == 0)
            .filter(|line| !line.is_empty());
        let entries: Result<Vec<Entry>, Fault> = lines.map(entry).collect();
        let entries = entries?;
        match entries.len() > ENTRIES_MAX {
            true => Err(format!("there are more than {ENTRIES_MAX} files")),
            false => Ok(entries),
        }
    }

    /// The contents with these names.
    pub(super) async fn contents(
        &self,
        names: &[String],
        bytes: u64,
    ) -> Result<BTreeMap<String, Vec<u8>>, Fault> {
        if bytes > CONTENT_BYTES_MAX {
            return Err(format!(
                "the files have more than {} MiB",
                CONTENT_BYTES_MAX >> 20
            ));
        }
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut questions = names.join("\n").into_bytes();
        questions.push(b'\n');
        let limit = usize::try_from(bytes).unwrap_or(usize::MAX);
        let limit = limit.saturating_add(names.len().saturating_mul(200));
        let answer = self.ask(&["cat-file", "--batch"], questions, limit).await?;
        read_batch(&answer)
    }

    /// The commit that changed a path last, going back from `commit`.
    pub(super) async fn last_change(&self, commit: &str, path: &str) -> Result<Change, Fault> {
        let args = [
            "log",
            "-1",
            "--no-show-signature",
            "--format=%H%x00%an <%ae>",
            "--end-of-options",
            commit,
            "--",
            path,
        ];
        let answer = self.ask(&args, Vec::new(), 64 << 10).await?;
        let text = String::from_utf8_lossy(&answer);
        let (name, author) = text.trim_end().split_once('\0').unwrap_or((commit, ""));
        let author = author.chars().filter(|c| !c.is_control()).take(200);
        Ok(Change {
            commit: object_name(name.as_bytes())?,
            author: author.collect(),
        })
    }

    async fn ask(&self, args: &[&str], input: Vec<u8>, limit: usize) -> Result<Vec<u8>, Fault> {
        let mut command = self.command();
        command.args(args);
        let mut child = command
            .spawn()
            .map_err(|error| format!("the program `git` cannot be started: {error}"))?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let write = async move {
            if let Some(mut stdin) = stdin {
                // Git may end before it has read everything; its answer then says why.
                let _ = stdin.write_all(&input).await;
            }
        };
        let work = async {
            let ((), answer, complaint) = tokio::join!(
                write,
                read_some(stdout, limit),
                read_some(stderr, COMPLAINT_BYTES_MAX)
            );
            let ended = child.wait().await;
            (answer, complaint, ended)
        };
        let Ok((answer, complaint, ended)) = tokio::time::timeout(ANSWER_MAX, work).await else {
            return Err(format!(
                "`git` did not answer within {} s",
                ANSWER_MAX.as_secs()
            ));
        };
        let ended = ended.map_err(|error| format!("`git` cannot be waited for: {error}"))?;
        let (answer, all) = answer.map_err(|error| format!("`git` cannot be read: {error}"))?;
        if !all {
            return Err(format!("`git {}` says more than {limit} bytes", args[0]));
        }
        if !ended.success() {
            let complaint = complaint.map(|(bytes, _)| bytes).unwrap_or_default();
            return Err(complaint_of(args[0], &complaint));
        }
        Ok(answer)
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        command
            .arg("--no-pager")
            .arg("--no-replace-objects")
            .arg("--literal-pathspecs")
            .arg("-C")
            .arg(&self.folder);
        for setting in CONFIG {
            command.args(["-c", setting]);
        }
        if let Some(signers) = &self.signers {
            let mut setting = std::ffi::OsString::from("gpg.ssh.allowedSignersFile=");
            setting.push(signers);
            command.arg("-c").arg(setting);
            // Only who is on the list counts, whatever a keyring holds.
            command.args(["-c", "gpg.minTrustLevel=fully"]);
        }
        command.env_clear();
        for name in ["PATH", "HOME", "GNUPGHOME"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // A folder that is no repository must not be taken for a part of one above it.
        if let Some(above) = self.folder.parent() {
            command.env("GIT_CEILING_DIRECTORIES", above);
        }
        command
            .envs([
                ("LC_ALL", "C"),
                ("GIT_OPTIONAL_LOCKS", "0"),
                ("GIT_TERMINAL_PROMPT", "0"),
                ("GIT_NO_LAZY_FETCH", "1"),
                ("GIT_ATTR_NOSYSTEM", "1"),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

/// Up to `limit` bytes, and whether that was all. What is more is read away, so that the writer can end.
async fn read_some(
    from: Option<impl AsyncRead + Unpin>,
    limit: usize,
) -> std::io::Result<(Vec<u8>, bool)> {
    let Some(mut from) = from else {
        return Ok((Vec::new(), true));
    };
    let mut found = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    (&mut from).take(most).read_to_end(&mut found).await?;
    let more = tokio::io::copy(&mut from, &mut tokio::io::sink()).await?;
    Ok((found, more == 0))
}

fn complaint_of(what: &str, complaint: &[u8]) -> Fault {
    let text = String::from_utf8_lossy(complaint);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let text: String = lines.collect::<Vec<_>>().join("; ");
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    match text.as_str() {
        "" if what == "verify-commit" => "the commit has no signature".into(),
        "" => format!("`git {what}` failed"),
        text => text.to_owned(),
    }
}

fn object_name(answer: &[u8]) -> Result<String, Fault> {
    let text = String::from_utf8_lossy(answer);
    let name = text.trim();
    let is_name = matches!(name.len(), 40 | 64) && name.bytes().all(|b| b.is_ascii_hexdigit());
    match is_name {
        true => Ok(name.to_owned()),
        false => Err("`git` does not name a commit".into()),
    }
}

/// `mode type name size<TAB>path`.
fn entry(line: &[u8]) -> Result<Entry, Fault> {
    let strange = || "`git ls-tree` says something strange".to_owned();
    let tab = line.iter().position(|b| *b == b'\t').ok_or_else(strange)?;
    let (head, path) = line.split_at(tab);
    let head = std::str::from_utf8(head).map_err(|_| strange())?;
    let mut words = head.split_ascii_whitespace();
    let mut word = || words.next().ok_or_else(strange);
    let (mode, kind, name, size) = (word()?, word()?, word()?, word()?);
    let path = path.get(1..).unwrap_or_default();
    let Ok(readable) = std::str::from_utf8(path) else {
        return Ok(Entry {
            path: String::from_utf8_lossy(path).into_owned(),
            what: What::Unreadable,
        });
    };
    let what = match (mode, kind) {
        ("120000", _) => What::Link,
        (_, "commit") => What::Submodule,
        (_, "blob") => What::File(
            object_name(name.as_bytes())?,
            size.parse().map_err(|_| strange())?,
        ),
        _ => return Err(strange()),
    };
    Ok(Entry {
        path: readable.to_owned(),
        what,
    })
}

/// `name SP blob SP size LF content LF`, again and again.
fn read_batch(mut answer: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, Fault> {
    let strange = || "`git cat-file` says something strange".to_owned();
    let mut found = BTreeMap::new();
    while !answer.is_empty() {
        let end = answer
            .iter()
            .position(|b| *b == b'\n')
            .ok_or_else(strange)?;
        let (head, rest) = answer.split_at(end);
        let head = std::str::from_utf8(head).map_err(|_| strange())?;
        let words: Vec<&str> = head.split(' ').collect();
        let [name, "blob", size] = words.as_slice() else {
            return Err(strange());
        };
        let size: usize = size.parse().map_err(|_| strange())?;
        let content = rest
            .get(1..)
            .and_then(|rest| rest.get(..size))
            .ok_or_else(strange)?;
        found.insert((*name).to_owned(), content.to_vec());
        let next = size.checked_add(2).ok_or_else(strange)?;
        answer = rest.get(next..).ok_or_else(strange)?;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_branch_is_no_option_and_no_way_out() {
        for good in ["main", "origin/main", "team/soc-2.x"] {
            assert!(is_branch(good), "{good}");
        }
        for bad in [
            "",
            "-x",
            "a..b",
            "a b",
            "/a",
            "a/",
            "a^{commit}",
            "a~1",
            "a:b",
            "@{u}",
            "a//b",
        ] {
            assert!(!is_branch(bad), "{bad}");
        }
    }

    #[test]
    fn files_links_and_submodules_are_told_apart() {
        let name = "a".repeat(40);
        let line = |mode: &str, kind: &str, size: &str| {
            format!("{mode} {kind} {name} {size}\tp/x y").into_bytes()
        };
        let what = |line: &[u8]| entry(line).unwrap().what;
        assert_eq!(
            what(&line("100644", "blob", "     12")),
            What::File(name.clone(), 12)
        );
        assert_eq!(what(&line("120000", "blob", "3")), What::Link);
        assert_eq!(what(&line("160000", "commit", "-")), What::Submodule);
        let mut bytes = line("100644", "blob", "1");
        bytes.push(0xff);
        assert_eq!(what(&bytes), What::Unreadable);
        assert!(entry(b"100644 blob").is_err());
    }

    proptest! {
        #[test]
        fn strange_answers_are_faults_and_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = entry(&bytes);
            let _ = read_batch(&bytes);
        }

        #[test]
        fn contents_come_back(all in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 0..5)) {
            let mut answer = Vec::new();
            for (index, content) in all.iter().enumerate() {
                answer.extend(format!("{index:040} blob {}\n", content.len()).bytes());
                answer.extend(content);
                answer.push(b'\n');
            }
            let found = read_batch(&answer).unwrap();
            let contents: Vec<_> = found.into_values().collect();
            prop_assert_eq!(contents, all);
        }
    }
}
