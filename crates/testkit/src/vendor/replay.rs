//! Products as their connectors' samples have recorded them: `/<connector>/<path>`.

use std::sync::Arc;

use updraft_connector::replay::ReplayBook;

use super::{Asked, Reply, Vendor};

/// Answers from a book of samples.
#[derive(Debug, Clone)]
pub struct Replay(pub Arc<ReplayBook>);

impl Vendor for Replay {
    fn answer(&self, asked: &Asked) -> Reply {
        let target = asked.target.trim_start_matches('/');
        let end = target.find(['/', '?']).unwrap_or(target.len());
        let (connector, rest) = target.split_at(end);
        match self.0.answer(connector, &asked.method, rest, &asked.body) {
            None => Reply::json(404, &serde_json::json!({"error": "unknown connector"})),
            Some(response) => {
                let framing = [
                    "content-length",
                    "transfer-encoding",
                    "connection",
                    "content-encoding",
                ];
                let headers = response.headers.into_iter();
                Reply {
                    status: response.status,
                    headers: headers
                        .filter(|(name, _)| !framing.contains(&name.as_str()))
                        .collect(),
                    body: response.body.to_vec(),
                }
            }
        }
    }
}
