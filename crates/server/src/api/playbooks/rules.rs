//! What a team asks for before a version becomes live, and the repository that playbooks come from.
//!
//! Both bind the people who write playbooks, so that only administrators change them.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use updraft_app::{
    App,
    playbooks::{
        PlaybookPolicy,
        repository::{PlaybookRepository, Pull},
    },
};
use utoipa::ToSchema;

use crate::{
    auth::{ConfigReader, ConfigWriter, UserWriter},
    error::{Answer, Problem},
};

/// What is asked of a version before it becomes live.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Policy {
    /// There are tests, and all of them pass.
    #[serde(default)]
    pub tests: bool,
    /// Hundredths of the branches that tests take; 0 asks for nothing.
    #[serde(default)]
    pub coverage_min: u32,
    /// Every step that changes something outside is reached by a test; one that contains, or cannot be taken back, with
    /// an approval given and with the same one denied.
    #[serde(default)]
    pub destructive: bool,
    /// Whoever activates is none of those who wrote it.
    #[serde(default)]
    pub second_person: bool,
    /// A backtest of this very text, at most so many days old; null asks for none.
    #[serde(default)]
    pub backtest_days: Option<u32>,
    /// What steps that an analyst adds to a running case may do outside: some of `read`, `notify`, `write`,
    /// `contain_reversible`, `irreversible`. Null leaves it as it is.
    pub ad_hoc: Option<Vec<String>>,
}

/// Which repository, how it is read, and what the last pull did.
#[derive(Debug, Serialize, ToSchema)]
pub struct RepositoryView {
    /// The folder of a clone or a bare repository on the server's machine; empty when there is none.
    pub folder: String,
    /// The branch; `origin/main` is the one of a remote as it was fetched last.
    pub branch: String,
    /// The folder inside the repository that holds `playbooks/`.
    pub path: String,
    /// True when the branch's newest commit must have a good signature.
    pub signed: bool,
    /// Whose SSH signatures count, as lines of an allowed-signers file.
    pub signers: String,
    /// Minutes between two pulls; 0 pulls on request only.
    pub every_minutes: u32,
    /// What the last pull did; null when there was none.
    pub last: Option<PullView>,
}

/// What to set.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RepositoryInput {
    /// The folder of a clone or a bare repository on the server's machine; empty keeps playbooks here from now on.
    #[serde(default)]
    pub folder: String,
    /// The branch.
    #[serde(default = "main_branch")]
    pub branch: String,
    /// The folder inside the repository that holds `playbooks/`.
    #[serde(default)]
    pub path: String,
    /// True when the branch's newest commit must have a good signature.
    #[serde(default)]
    pub signed: bool,
    /// Whose SSH signatures count, as lines of an allowed-signers file; empty: what the configuration of Git of the
    /// server's account says.
    #[serde(default)]
    pub signers: String,
    /// Minutes between two pulls; 0 pulls on request only.
    #[serde(default)]
    pub every_minutes: u32,
}

fn main_branch() -> String {
    "main".into()
}

/// What a pull did.
#[derive(Debug, Serialize, ToSchema)]
pub struct PullView {
    /// When; of the last look, also when nothing was new.
    pub at: Option<String>,
    /// Who asked for it.
    pub by: String,
    /// The branch's newest commit; empty when it could not be read.
    pub commit: String,
    /// True when its signature was checked and good.
    pub signed: bool,
    /// What became live.
    pub changed: Vec<PulledView>,
    /// What could not be taken, or may not become live; it is a draft.
    pub refused: Vec<NotPulledView>,
    /// Those that are gone from the repository and were put away.
    pub removed: Vec<String>,
    /// How many were as they are already.
    pub unchanged: usize,
    /// Why nothing could be read at all; empty when it could.
    pub error: String,
}

/// A playbook that became live.
#[derive(Debug, Serialize, ToSchema)]
pub struct PulledView {
    /// Its id.
    pub id: String,
    /// Its version.
    pub number: u32,
    /// Its file.
    pub file: String,
}

/// A playbook that did not become live.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotPulledView {
    /// Its id.
    pub id: String,
    /// Its file.
    pub file: String,
    /// Why, each with how to mend it.
    pub reasons: Vec<String>,
}

impl Policy {
    fn of(policy: PlaybookPolicy) -> Self {
        Self {
            tests: policy.tests,
            coverage_min: policy.coverage_min,
            destructive: policy.destructive,
            second_person: policy.second_person,
            backtest_days: policy.backtest_days,
            ad_hoc: Some(policy.ad_hoc),
        }
    }
}

impl PullView {
    fn of(pull: Pull) -> Self {
        let changed = pull.changed.into_iter().map(|one| PulledView {
            id: one.id,
            number: one.number,
            file: one.file,
        });
        let refused = pull.refused.into_iter().map(|one| NotPulledView {
            id: one.id,
            file: one.file,
            reasons: one.reasons,
        });
        Self {
            at: pull.at.map(|at| at.to_string()),
            by: pull.by,
            commit: pull.commit,
            signed: pull.signed,
            changed: changed.collect(),
            refused: refused.collect(),
            removed: pull.removed,
            unchanged: pull.unchanged,
            error: pull.error,
        }
    }
}

/// What is asked of a version before it becomes live.
#[utoipa::path(
    get, path = "/api/v1/playbook-policy", tag = "playbooks",
    responses((status = 200, body = Policy)), security(("session" = []))
)]
pub async fn policy(State(app): State<App>, caller: ConfigReader) -> Answer<Json<Policy>> {
    Ok(Json(Policy::of(
        app.playbook_policy(&caller.granted).await?,
    )))
}

/// Set what is asked of a version before it becomes live; what is live stays live.
#[utoipa::path(
    put, path = "/api/v1/playbook-policy", tag = "playbooks", request_body = Policy,
    responses((status = 200, body = Policy), (status = 400, body = Problem)), security(("session" = []))
)]
pub async fn set_policy(
    State(app): State<App>,
    caller: UserWriter,
    Json(input): Json<Policy>,
) -> Answer<Json<Policy>> {
    let ad_hoc = match input.ad_hoc {
        Some(ad_hoc) => ad_hoc,
        None => app.playbook_policy(&caller.granted).await?.ad_hoc,
    };
    let policy = PlaybookPolicy {
        tests: input.tests,
        coverage_min: input.coverage_min,
        destructive: input.destructive,
        second_person: input.second_person,
        backtest_days: input.backtest_days,
        ad_hoc,
    };
    let set = app.set_playbook_policy(&caller.granted, policy).await?;
    Ok(Json(Policy::of(set)))
}

async fn view(app: &App, granted: &updraft_model::Granted) -> Answer<Json<RepositoryView>> {
    let set = app.playbook_repository(granted).await?.unwrap_or_default();
    let last = app.last_playbook_pull(granted).await?;
    Ok(Json(RepositoryView {
        folder: set.folder,
        branch: set.branch,
        path: set.path,
        signed: set.signed,
        signers: set.signers,
        every_minutes: set.every_minutes,
        last: last.map(PullView::of),
    }))
}

/// The repository that playbooks come from, and what the last pull did.
#[utoipa::path(
    get, path = "/api/v1/playbook-repository", tag = "playbooks",
    responses((status = 200, body = RepositoryView)), security(("session" = []))
)]
pub async fn repository(
    State(app): State<App>,
    caller: ConfigReader,
) -> Answer<Json<RepositoryView>> {
    view(&app, &caller.granted).await
}

/// Set the repository that playbooks come from.
#[utoipa::path(
    put, path = "/api/v1/playbook-repository", tag = "playbooks", request_body = RepositoryInput,
    responses((status = 200, body = RepositoryView), (status = 400, body = Problem)), security(("session" = []))
)]
pub async fn set_repository(
    State(app): State<App>,
    caller: UserWriter,
    Json(input): Json<RepositoryInput>,
) -> Answer<Json<RepositoryView>> {
    let set = (!input.folder.is_empty()).then_some(PlaybookRepository {
        folder: input.folder,
        branch: input.branch,
        path: input.path,
        signed: input.signed,
        signers: input.signers,
        every_minutes: input.every_minutes,
    });
    app.set_playbook_repository(&caller.granted, set).await?;
    view(&app, &caller.granted).await
}

/// Read the branch's newest commit and take what is new in it.
#[utoipa::path(
    post, path = "/api/v1/playbook-repository/pull", tag = "playbooks",
    responses((status = 200, body = PullView), (status = 409, body = Problem)), security(("session" = []))
)]
pub async fn pull(State(app): State<App>, caller: ConfigWriter) -> Answer<Json<PullView>> {
    Ok(Json(PullView::of(
        app.pull_playbooks(&caller.granted).await?,
    )))
}
