//! What providers said, per case and run.

use updraft_model::{Answer, CaseId, Granted, RunId};

use crate::{
    Error, Store,
    heads::Scope,
    packed,
    seam::{Db, Val},
};

/// The most answers of one run that are returned.
pub const ANSWERS_MAX: usize = 50_000;

/// Which run's answers are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichRun {
    /// This one.
    Run(RunId),
    /// The newest that has answers.
    Latest,
}

pub(crate) fn put(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    case: CaseId,
    run: RunId,
    body: &[u8],
) -> Result<(), Error> {
    db.send(
        "INSERT INTO answers (tenant, case_id, run, body) VALUES (?1, ?2, ?3, ?4)",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&case.to_bytes()),
            Val::Bytes(&run.to_bytes()),
            Val::Bytes(body),
        ],
        None,
    )
}

impl Store {
    /// The answers of a case's run in the order of the questions; a later answer to the same question (observable,
    /// connection, action) has taken the place of the earlier one.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn answers(
        &self,
        granted: &Granted,
        case: CaseId,
        which: WhichRun,
    ) -> Result<Vec<Answer>, Error> {
        let found = self.scoped(granted, move |db, tenant| {
            let run = match which {
                WhichRun::Run(run) => run.to_bytes(),
                WhichRun::Latest => {
                    let row = db.row(
                        "SELECT run FROM answers WHERE tenant = ?1 AND case_id = ?2 ORDER BY run DESC LIMIT 1",
                        &[Val::Int(tenant), Val::Bytes(&case.to_bytes())],
                    )?;
                    match row {
                        Some(row) => row.id(0)?,
                        None => return Ok(Vec::new()),
                    }
                }
            };
            answers(db, tenant, case, run)
        });
        found.await
    }
}

fn answers(
    db: &mut dyn Db,
    tenant: i64,
    case: CaseId,
    run: [u8; 16],
) -> Result<Vec<Answer>, Error> {
    let rows = db.rows(
        "SELECT body FROM answers WHERE tenant = ?1 AND case_id = ?2 AND run = ?3 ORDER BY seq",
        &[
            Val::Int(tenant),
            Val::Bytes(&case.to_bytes()),
            Val::Bytes(&run),
        ],
    )?;
    let mut answers: Vec<Answer> = Vec::new();
    let mut places = std::collections::BTreeMap::new();
    for row in &rows {
        let json = packed::unpack("answers", row.bytes(0)?)?;
        let batch: Vec<Answer> =
            serde_json::from_slice(&json).map_err(|error| Error::corrupt("answers", error))?;
        for answer in batch {
            let question = (
                answer.observable.key(),
                answer.connection.clone(),
                answer.action.clone(),
            );
            let known = places.get(&question).copied();
            if let Some(earlier) = known.and_then(|at: usize| answers.get_mut(at)) {
                *earlier = answer;
            } else if answers.len() < ANSWERS_MAX {
                places.insert(question, answers.len());
                answers.push(answer);
            }
        }
    }
    Ok(answers)
}
