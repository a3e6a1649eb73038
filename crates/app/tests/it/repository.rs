//! Playbooks from real Git repositories, made by each test.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;
use updraft_app::{
    App, Error,
    playbooks::{
        PlaybookPolicy, TextSource,
        repository::{PlaybookRepository, Pull},
    },
};
use updraft_model::{Origin, TenantId};

use crate::{
    house::House,
    keeping::{CLOSE, CLOSES, bundle, person, playbook},
};

/// A repository with a work tree.
struct Clone {
    folder: TempDir,
}

impl Clone {
    fn new() -> Self {
        let clone = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        clone.git(&["init", "--quiet", "--initial-branch=main"]);
        clone.git(&["config", "user.name", "Anna Author"]);
        clone.git(&["config", "user.email", "anna@example.org"]);
        clone.git(&["config", "commit.gpgsign", "false"]);
        clone
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[track_caller]
    fn git(&self, args: &[&str]) -> String {
        let done = Command::new("git")
            .current_dir(self.folder.path())
            .args(args)
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Commits everything and answers the commit.
    fn commit(&self, extra: &[&str]) -> String {
        self.git(&["add", "--all"]);
        let args = [&["commit", "--quiet", "--message", "change"], extra].concat();
        self.git(&args);
        self.git(&["rev-parse", "HEAD"])
    }

    fn settings(&self) -> PlaybookRepository {
        PlaybookRepository {
            folder: self.folder.path().display().to_string(),
            branch: "main".into(),
            ..PlaybookRepository::default()
        }
    }
}

async fn pull(app: &App) -> Pull {
    app.pull_playbooks(&person(9, "puller")).await.unwrap()
}

fn changed(pull: &Pull) -> Vec<(&str, u32)> {
    let changed = pull.changed.iter();
    changed.map(|one| (one.id.as_str(), one.number)).collect()
}

fn refused(pull: &Pull) -> String {
    let refused = pull.refused.iter();
    let lines: Vec<String> = refused
        .map(|one| format!("{}: {}", one.id, one.reasons.join(" | ")))
        .collect();
    lines.join("\n")
}

fn live(app: &App, id: &str) -> Option<u32> {
    let picture = app.catalog().now();
    picture
        .own_live(TenantId::DEFAULT, id)
        .map(|live| live.number)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_in_the_repository_becomes_live_and_is_changed_nowhere_else() {
    let house = House::new();
    let (app, _drivers) = house.open(8).await.unwrap();
    let anna = person(1, "anna");
    let clone = Clone::new();
    let text = playbook("close", CLOSE);
    clone.write("soc/playbooks/close/playbook.yaml", &text);
    clone.write("soc/playbooks/close/tests/closes.yaml", CLOSES);
    clone.write("soc/playbooks/README.md", "not a playbook");
    let first = clone.commit(&[]);
    let (code, _) = match app.pull_playbooks(&anna).await.unwrap_err() {
        Error::Refused { code, hint, .. } => (code, hint),
        other => panic!("{other}"),
    };
    assert_eq!(code, "playbook.no_repository");
    let settings = PlaybookRepository {
        path: "soc".into(),
        ..clone.settings()
    };
    app.set_playbook_repository(&anna, Some(settings))
        .await
        .unwrap();
    let done = pull(&app).await;
    assert_eq!(
        (done.error.as_str(), done.commit.as_str()),
        ("", first.as_str())
    );
    assert_eq!(changed(&done), [("close", 1)]);
    assert_eq!(live(&app, "close"), Some(1));
    let (version, kept) = app.playbook_version(&anna, "close", 1).await.unwrap();
    assert_eq!(kept, bundle(&text, &[("closes.yaml", CLOSES)]));
    assert_eq!(
        version.origin,
        Origin::Git {
            commit: first,
            author: "Anna Author <anna@example.org>".into(),
            file: "soc/playbooks/close/playbook.yaml".into(),
            signed: false,
        }
    );
    // Nothing new: nothing is written, and the last pull still says what became live.
    let again = pull(&app).await;
    assert_eq!((again.changed.len(), again.unchanged), (0, 1));
    let last = app.last_playbook_pull(&anna).await.unwrap().unwrap();
    assert_eq!((changed(&last), last.at), (vec![("close", 1)], again.at));

    let opened = app.open_playbook(&anna, "close").await.unwrap();
    assert_eq!(opened.source, TextSource::Live);
    let here = bundle(&format!("{text}# here\n"), &[]);
    let saved = app
        .save_playbook_draft(&anna, "close", here, Some(opened.digest))
        .await;
    assert!(
        matches!(
            saved,
            Err(Error::Refused {
                code: "playbook.git",
                ..
            })
        ),
        "{saved:?}"
    );
    assert_eq!(
        app.playbook_head(&anna, "close").await.unwrap().origin,
        "git"
    );

    // A change of a test alone is a version, too; taking out of service by hand holds until the file changes.
    clone.write(
        "soc/playbooks/close/tests/closes.yaml",
        &CLOSES.replace("It closes", "It still closes"),
    );
    clone.commit(&[]);
    assert_eq!(changed(&pull(&app).await), [("close", 2)]);
    app.roll_back_playbook(&anna, "close", "").await.unwrap();
    assert_eq!(pull(&app).await.unchanged, 1);
    assert_eq!(live(&app, "close"), Some(1));

    // Gone there, put away here; back there, live here, without a further version.
    clone.write(
        "soc/playbooks/other/playbook.yaml",
        &playbook("other", CLOSE),
    );
    clone.git(&["rm", "-r", "--quiet", "soc/playbooks/close"]);
    clone.commit(&[]);
    let done = pull(&app).await;
    assert_eq!(
        (changed(&done), done.removed.clone()),
        (vec![("other", 1)], vec!["close".to_owned()])
    );
    assert_eq!(live(&app, "close"), None);
    clone.git(&["checkout", "--quiet", "HEAD~1", "--", "soc/playbooks/close"]);
    clone.commit(&[]);
    assert_eq!(changed(&pull(&app).await), [("close", 2)]);
    assert_eq!(live(&app, "close"), Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_stays_a_draft_with_its_reasons() {
    let house = House::new();
    let (app, _drivers) = house.open(8).await.unwrap();
    let anna = person(1, "anna");
    let clone = Clone::new();
    clone.write(
        "playbooks/broken/playbook.yaml",
        &playbook("broken", "  - id: a\n    action: nonsense\n"),
    );
    clone.write(
        "playbooks/failing/playbook.yaml",
        &playbook("failing", CLOSE),
    );
    clone.write(
        "playbooks/failing/tests/a.yaml",
        &CLOSES.replace("ran", "skipped"),
    );
    clone.write(
        "playbooks/named/playbook.yaml",
        &playbook("otherwise", CLOSE),
    );
    // Calls one that comes after it, and is taken all the same.
    clone.write(
        "playbooks/a-caller/playbook.yaml",
        &playbook(
            "a-caller",
            "  - id: inner\n    call: {playbook: z-called}\n",
        ),
    );
    clone.write(
        "playbooks/z-called/playbook.yaml",
        &playbook("z-called", CLOSE),
    );
    clone.write(
        "playbooks/alone/playbook.yaml",
        &playbook("alone", "  - id: inner\n    call: {playbook: nobody}\n"),
    );
    clone.commit(&[]);
    app.set_playbook_repository(&anna, Some(clone.settings()))
        .await
        .unwrap();
    let done = pull(&app).await;
    assert_eq!(done.error, "");
    assert_eq!(changed(&done), [("z-called", 1), ("a-caller", 1)]);
    let told = refused(&done);
    for part in [
        "broken: the text has 1 errors: playbook.yaml:",
        "failing: 1 of 1 tests fail, first `It closes`: tests/a.yaml:",
        "named: its text says the id `otherwise`",
        "alone: it calls what is not live: nobody",
    ] {
        assert!(told.contains(part), "no {part} in {told}");
    }
    let opened = app.open_playbook(&anna, "failing").await.unwrap();
    assert_eq!(opened.source, TextSource::Draft);
    assert_eq!(live(&app, "failing"), None);
    let before = app.playbook_head(&anna, "failing").await.unwrap().revision;
    assert_eq!(pull(&app).await.refused.len(), 4);
    assert_eq!(
        app.playbook_head(&anna, "failing").await.unwrap().revision,
        before,
        "written twice"
    );
    // The policy holds for them, too; what meets it later becomes live by itself.
    clone.write("playbooks/failing/tests/a.yaml", CLOSES);
    clone.commit(&[]);
    let strict = PlaybookPolicy {
        backtest_days: Some(7),
        ..PlaybookPolicy::default()
    };
    app.set_playbook_policy(&anna, strict).await.unwrap();
    assert!(refused(&pull(&app).await).contains("failing: there is no backtest of this text"));
    app.set_playbook_policy(&anna, PlaybookPolicy::default())
        .await
        .unwrap();
    assert_eq!(changed(&pull(&app).await), [("failing", 1)]);
    // Without the repository the team goes on with what it has.
    app.set_playbook_repository(&anna, None).await.unwrap();
    let opened = app.open_playbook(&anna, "failing").await.unwrap();
    let here = bundle(&format!("{}# here\n", opened.bundle.text), &[]);
    app.save_playbook_draft(&anna, "failing", here, Some(opened.digest))
        .await
        .unwrap();
    // When it comes back, nobody's work is overwritten.
    app.set_playbook_repository(&anna, Some(clone.settings()))
        .await
        .unwrap();
    assert!(refused(&pull(&app).await).contains("failing: anna works on a draft of it here"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_submodules_and_strange_names_stand_against_their_own_playbook_only() {
    let house = House::new();
    let (app, _drivers) = house.open(8).await.unwrap();
    let anna = person(1, "anna");
    let clone = Clone::new();
    clone.write("playbooks/good/playbook.yaml", &playbook("good", CLOSE));
    clone.write("playbooks/Not Good/playbook.yaml", &playbook("x", CLOSE));
    clone.write("playbooks/big/playbook.yaml", &"# long\n".repeat(100_000));
    clone.write("playbooks/binary/playbook.yaml", "");
    std::fs::write(
        clone.path("playbooks/binary/playbook.yaml"),
        b"id: \xff\xfe",
    )
    .unwrap();
    std::fs::create_dir_all(clone.path("playbooks/linked")).unwrap();
    let secret = house.data().join("key");
    std::os::unix::fs::symlink(&secret, clone.path("playbooks/linked/playbook.yaml")).unwrap();
    clone.commit(&[]);
    let module = clone.git(&["rev-parse", "HEAD"]);
    let entry = format!("160000,{module},playbooks/module");
    clone.git(&["update-index", "--add", "--cacheinfo", &entry]);
    clone.git(&["commit", "--quiet", "--message", "a submodule"]);
    app.set_playbook_repository(&anna, Some(clone.settings()))
        .await
        .unwrap();
    let done = pull(&app).await;
    assert_eq!(
        (done.error.as_str(), changed(&done)),
        ("", vec![("good", 1)])
    );
    let told = refused(&done);
    for part in [
        "Not Good: `Not Good` is no id of a playbook",
        "big: `playbook.yaml` has more than 512 KiB",
        "binary: `playbook.yaml` is no UTF-8",
        "linked: `playbook.yaml` is a symbolic link",
        "module: its folder is a submodule",
    ] {
        assert!(told.contains(part), "no {part} in {told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repository_that_cannot_be_read_changes_nothing_and_says_why() {
    let house = House::new();
    let (app, _drivers) = house.open(8).await.unwrap();
    let anna = person(1, "anna");
    let clone = Clone::new();
    clone.write("playbooks/good/playbook.yaml", &playbook("good", CLOSE));
    clone.commit(&[]);
    app.set_playbook_repository(&anna, Some(clone.settings()))
        .await
        .unwrap();
    pull(&app).await;
    let with = |change: &dyn Fn(&mut PlaybookRepository)| {
        let mut settings = clone.settings();
        change(&mut settings);
        Some(settings)
    };
    let inside = clone.path("playbooks");
    let cases = [
        (
            with(&|one| one.branch = "nothing".into()),
            "has no branch `nothing`",
        ),
        (
            with(&|one| one.folder = "/nonexistent/folder".into()),
            "No such file or directory",
        ),
        // A folder inside a repository is not taken for one.
        (
            with(&|one| one.folder = inside.display().to_string()),
            "not a git repository",
        ),
        (
            with(&|one| one.path = "elsewhere".into()),
            "holds no `elsewhere/playbooks/<id>/playbook.yaml`",
        ),
        (
            with(&|one| one.signed = true),
            "is not good: the commit has no signature",
        ),
    ];
    for (settings, wanted) in cases {
        app.set_playbook_repository(&anna, settings).await.unwrap();
        let done = pull(&app).await;
        assert!(done.error.contains(wanted), "{wanted}: {}", done.error);
        assert!(done.removed.is_empty() && done.changed.is_empty());
        assert_eq!(live(&app, "good"), Some(1));
    }
    let last = app.last_playbook_pull(&anna).await.unwrap().unwrap();
    assert!(last.error.contains("signature"));
    // What a repository configures to be started is not started.
    let witness = clone.path("witness");
    let program = clone.path("program.sh");
    std::fs::write(
        &program,
        format!("#!/bin/sh\ntouch {}\n", witness.display()),
    )
    .unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, mode).unwrap();
    for name in [
        "core.fsmonitor",
        "gpg.program",
        "gpg.ssh.program",
        "core.pager",
        "core.sshCommand",
    ] {
        clone.git(&["config", name, &program.display().to_string()]);
    }
    pull(&app).await;
    app.set_playbook_repository(&anna, Some(clone.settings()))
        .await
        .unwrap();
    assert_eq!(pull(&app).await.error, "");
    assert!(!Path::new(&witness).exists());
}

/// An SSH key made for this test, and its public half.
fn key(folder: &Path, name: &str) -> (PathBuf, String) {
    let path = folder.join(name);
    let done = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"])
        .arg(&path)
        .status()
        .unwrap();
    assert!(done.success());
    let public = std::fs::read_to_string(path.with_extension("pub")).unwrap();
    (path, public.trim().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_signatures_of_the_listed_signers_count() {
    let house = House::new();
    let (app, _drivers) = house.open(8).await.unwrap();
    let anna = person(1, "anna");
    let clone = Clone::new();
    let keys = tempfile::tempdir().unwrap();
    let (good, public) = key(keys.path(), "good");
    let (stranger, _) = key(keys.path(), "stranger");
    clone.git(&["config", "gpg.format", "ssh"]);
    let signed_by = |key: &Path| {
        clone.git(&["config", "user.signingkey", &key.display().to_string()]);
        clone.commit(&["--gpg-sign"])
    };
    clone.write("playbooks/good/playbook.yaml", &playbook("good", CLOSE));
    let commit = signed_by(&good);
    let settings = PlaybookRepository {
        signed: true,
        signers: format!("anna@example.org {public}"),
        ..clone.settings()
    };
    app.set_playbook_repository(&anna, Some(settings))
        .await
        .unwrap();
    let done = pull(&app).await;
    assert_eq!(
        (done.error.as_str(), done.signed, changed(&done)),
        ("", true, vec![("good", 1)])
    );
    let (version, _) = app.playbook_version(&anna, "good", 1).await.unwrap();
    assert!(matches!(version.origin, Origin::Git { signed: true, .. }));
    assert_eq!(done.commit, commit);

    clone.write(
        "playbooks/good/playbook.yaml",
        &playbook("good", &format!("{CLOSE}# more\n")),
    );
    signed_by(&stranger);
    let done = pull(&app).await;
    assert!(done.error.contains("is not good"), "{}", done.error);
    assert_eq!(live(&app, "good"), Some(1));
    clone.write(
        "playbooks/good/playbook.yaml",
        &playbook("good", &format!("{CLOSE}# even more\n")),
    );
    clone.commit(&[]);
    assert!(
        pull(&app).await.error.contains("is not good"),
        "an unsigned commit on top"
    );
    clone.write(
        "playbooks/good/playbook.yaml",
        &playbook("good", &format!("{CLOSE}# signed\n")),
    );
    signed_by(&good);
    assert_eq!(changed(&pull(&app).await), [("good", 2)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bare_repository_and_the_branch_of_a_remote_are_read() {
    let house = House::new();
    let (app, _drivers) = house.open(8).await.unwrap();
    let anna = person(1, "anna");
    let clone = Clone::new();
    clone.write("playbooks/good/playbook.yaml", &playbook("good", CLOSE));
    clone.commit(&[]);
    let folder = tempfile::tempdir().unwrap();
    let bare = folder.path().join("bare.git");
    let from = clone.folder.path().display().to_string();
    clone.git(&[
        "clone",
        "--quiet",
        "--bare",
        &from,
        &bare.display().to_string(),
    ]);
    let mirror = folder.path().join("mirror");
    clone.git(&["clone", "--quiet", &from, &mirror.display().to_string()]);
    for (place, branch) in [(bare, "main"), (mirror, "origin/main")] {
        let settings = PlaybookRepository {
            folder: place.display().to_string(),
            branch: branch.into(),
            ..PlaybookRepository::default()
        };
        app.set_playbook_repository(&anna, Some(settings))
            .await
            .unwrap();
        let done = pull(&app).await;
        assert_eq!(
            (done.error.as_str(), done.changed.len() + done.unchanged),
            ("", 1)
        );
    }
}
