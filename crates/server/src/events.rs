//! Live changes as server-sent events: hints which thing to read again.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, StreamExt};
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError};
use updraft_app::{App, Error, events::Change};

use crate::auth::{Caller, CaseReader};

/// How often a listener is asked again who they are.
const RECHECK: Duration = Duration::from_secs(5);

/// Changes of the tenant as they happen: events `alert`, `case`, `run`; `resync` when some were missed.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events",
    responses((status = 200, description = "text/event-stream", body = String, content_type = "text/event-stream")),
    security(("session" = []))
)]
pub async fn stream(
    State(app): State<App>,
    caller: CaseReader,
    who: Caller,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let tenant = caller.granted.tenant();
    let changes = BroadcastStream::new(app.events().listen()).filter_map(move |received| {
        let event = match received {
            Ok(event) if event.tenant == tenant => {
                let name = match &event.change {
                    Change::Alert { .. } => "alert",
                    Change::Case { .. } => "case",
                    Change::Run { .. } => "run",
                    Change::Playbook { .. } => "playbook",
                    Change::Task { .. } => "task",
                };
                Event::default().event(name).json_data(&event.change).ok()
            }
            Ok(_) => None,
            Err(BroadcastStreamRecvError::Lagged(_)) => {
                Some(Event::default().event("resync").data("{}"))
            }
        };
        std::future::ready(event.map(Ok))
    });
    let changes = changes.take_until(session_ends(app, who.token));
    Sse::new(changes).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

/// Done when the listener was signed out or switched off, or the application stops.
async fn session_ends(app: App, token: String) {
    while !app.is_stopping() {
        tokio::time::sleep(RECHECK).await;
        if matches!(
            app.authenticate(&token).await,
            Err(Error::Unauthenticated(_))
        ) {
            return;
        }
    }
}
