//! The demo: connections to recorded vendors, a source, and a few real alerts to look at.
//!
//! The recordings are the connectors' own samples. The connections that are made here are ordinary ones;
//! only their base URL points to the replay server, and only they may reach loopback.

use std::{collections::BTreeMap, sync::Arc};

use updraft_connector::{Connector, ReplayBook, Transport};
use updraft_model::{Granted, Permission, Severity, TenantId, connections::Pace};

use crate::{App, Error, connections::ConnectionDraft, error::Result, sources::SourceDraft};

/// The demo's source.
pub const SOURCE: &str = "demo";
/// Ticket systems beside the one that takes the demo's tickets (Jira Data Center).
const LEFT_OUT: &[&str] = &["jira_cloud", "zendesk", "salesforce"];

/// One recorded answer.
#[derive(Debug, Clone)]
pub struct Recording {
    /// The HTTP status.
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Arc<[u8]>,
}

/// The recorded conversations of all connectors.
#[derive(Debug)]
pub struct Recordings(ReplayBook);

impl Recordings {
    /// What the product answers; `None` for a product without recordings.
    pub fn answer(
        &self,
        connector: &str,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Option<Recording> {
        let response = self.0.answer(connector, method, path, body)?;
        Some(Recording {
            status: response.status,
            headers: response.headers,
            body: response.body,
        })
    }

    /// What the WHOIS server answers.
    pub fn answer_whois(&self, query: &str) -> Vec<u8> {
        let is_domain = query.contains('.') && query.bytes().any(|b| b.is_ascii_alphabetic());
        match self.0.answer_whois(query) {
            Some(response) => response.body.to_vec(),
            // A registry about a domain that it does not know.
            None if is_domain => b"No match for that query.\r\n".to_vec(),
            // IANA, whom every look-up asks first, about anything else.
            None => b"% IANA WHOIS server\n\n% This query returned 0 objects.\n".to_vec(),
        }
    }
}

/// Two deliveries to try by hand.
pub const EXAMPLES: &[&str] = &["138[.]128[.]150[.]133", "hxxp://www[.]urltocheck1[.]org/"];

/// The alerts that the demo starts with: samples of the shipped mappings.
pub const ALERTS: &[DemoAlert] = &[
    DemoAlert {
        name: "GuardDuty finding through EventBridge",
        content_type: "application/json",
        bytes: include_bytes!("../../../content/sources/guardduty/samples/eventbridge.json"),
    },
    DemoAlert {
        name: "Suricata event",
        content_type: "application/json",
        bytes: include_bytes!("../../../content/sources/suricata/samples/post.json"),
    },
    DemoAlert {
        name: "EDR alert",
        content_type: "application/json",
        bytes: include_bytes!("../../../content/sources/generic/samples/edr.json"),
    },
    DemoAlert {
        name: "Reported mail",
        content_type: "message/rfc822",
        bytes: include_bytes!("../../../content/sources/generic/samples/reported_phish.eml"),
    },
    DemoAlert {
        name: "Values that the recorded vendors know",
        content_type: "text/plain",
        bytes: b"vektorex[.]com\n4bc00f7d638e042da764e8648c03c0db46700599dd4f08d117e3e9e8b538519b\n49.234.23.243\n",
    },
    DemoAlert {
        name: "Login failures over syslog",
        content_type: "text/plain",
        bytes: include_bytes!("../../../content/sources/generic/samples/sshd_syslog.txt"),
    },
];

/// A real alert that comes with the binary.
#[derive(Debug, Clone, Copy)]
pub struct DemoAlert {
    /// What it is.
    pub name: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
}

impl App {
    /// The connectors' recorded conversations.
    pub fn recordings(&self) -> Arc<Recordings> {
        Arc::new(Recordings(self.catalog().now().library().replay_book()))
    }

    /// Connects every recorded product through the replay server and makes the demo's source; the source's
    /// token is answered, a new one at each start.
    ///
    /// # Errors
    /// [`Error::Store`], or a connector whose settings need more than the demo knows.
    pub async fn set_up_demo(&self, http: &str, whois: &str) -> Result<String> {
        let granted = Granted::system(TenantId::DEFAULT, "demo", Permission::ConfigWrite);
        let picture = self.catalog().now();
        let existing: BTreeMap<String, _> = self
            .connections(&granted)
            .into_iter()
            .map(|view| (view.connection.name.clone(), view.connection.id))
            .collect();
        for (id, connector) in &picture.library().connectors {
            if LEFT_OUT.contains(&id.as_str()) {
                continue;
            }
            let draft = demo_connection(connector, &base_url(id, connector, http, whois));
            let made = match existing.get(&demo_name(connector)) {
                Some(connection) => self.change_connection(&granted, *connection, draft).await,
                None => self.create_connection(&granted, id, draft).await,
            };
            if let Err(error) = made {
                tracing::warn!(connector = %id, error = %error, "The demo goes on without `{id}`");
            }
        }
        let draft = SourceDraft {
            name: SOURCE.into(),
            mapping: "auto".into(),
            default_severity: Severity::Medium,
            enabled: true,
        };
        match self.create_source(&granted, draft).await {
            Ok((_, token)) => Ok(token),
            Err(Error::Conflict(_)) => self.new_source_token(&granted, SOURCE).await,
            Err(error) => Err(error),
        }
    }

    /// Hands the demo's alerts in, as a sender would.
    ///
    /// # Errors
    /// As [`App::receive`].
    pub async fn feed_demo(&self, alerts: &[DemoAlert]) -> Result<()> {
        let source = self.source_by_name(TenantId::DEFAULT, SOURCE)?;
        let granted = Granted::system(TenantId::DEFAULT, "demo", Permission::AlertSubmit);
        for alert in alerts {
            self.receive(&granted, &source, alert.content_type, alert.bytes)
                .await?;
        }
        Ok(())
    }
}

fn base_url(id: &str, connector: &Connector, http: &str, whois: &str) -> String {
    match connector.manifest.transport {
        Transport::Whois => format!("whois://{whois}"),
        Transport::Http => format!("http://{http}/{id}"),
    }
}

/// A real connection to the same product keeps its own name and is left alone.
fn demo_name(connector: &Connector) -> String {
    format!("{} (demo)", connector.manifest.name)
}

fn demo_connection(connector: &Connector, base_url: &str) -> ConnectionDraft {
    let secrets = connector
        .manifest
        .secrets
        .keys()
        .map(|name| (name.clone(), format!("demo-{name}-0000000000000000")))
        .collect();
    ConnectionDraft {
        name: Some(demo_name(connector)),
        base_url: Some(base_url.to_owned()),
        settings: Some(demo_settings(connector)),
        secrets,
        // A recording has no quota.
        pace: Some(Pace {
            per_second: Some(0.0),
            per_minute: Some(0.0),
            per_hour: Some(0.0),
            per_day: Some(0.0),
            burst: Some(0),
            concurrent: Some(64),
        }),
        enabled: Some(true),
        allow_private: Some(true),
        ..ConnectionDraft::default()
    }
}

/// Settings that the manifest requires and gives no default for, as the recordings have them.
fn demo_settings(connector: &Connector) -> BTreeMap<String, serde_json::Value> {
    let mut settings = BTreeMap::new();
    for (name, spec) in &connector.manifest.settings {
        if spec.required && spec.default.is_none() {
            let value = spec.example.clone().unwrap_or_else(|| match name.as_str() {
                "project" | "project_key" => serde_json::json!("SEC"),
                _ => serde_json::json!("demo"),
            });
            settings.insert(name.clone(), value);
        }
    }
    settings
}
