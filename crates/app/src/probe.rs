//! One action through the real client, without a server or a store: for trying a connector out.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use serde_json::{Value, json};
use updraft_connector::{
    Call, CallError, CallStatus, Connector, Environment, ErrorCode, Type, ValueSpec,
};
use updraft_egress::{Blobs, Egress, Ended, Fetching, Link, Options, Performed, Secrets};
use updraft_model::{BlobHash, ConnectionId, TenantId};

use crate::{Error, error::Result};

/// Largest file that is sent.
const FILE_BYTES_MAX: u64 = 256 << 20;
/// How long a call may take, with all its waiting.
const CALL_MAX: std::time::Duration = std::time::Duration::from_secs(60 * 60);

/// Files that a call sends.
#[derive(Debug, Default)]
pub struct Files(BTreeMap<BlobHash, Arc<[u8]>>);

impl Files {
    /// Reads a file and answers the value that stands for it in an input.
    ///
    /// # Errors
    /// It cannot be read, or is larger than 256 MiB.
    pub fn add(&mut self, path: &Path) -> std::io::Result<Value> {
        if std::fs::metadata(path)?.len() > FILE_BYTES_MAX {
            return Err(std::io::Error::other("it is larger than 256 MiB"));
        }
        let bytes: Arc<[u8]> = std::fs::read(path)?.into();
        let hash = BlobHash::of(&bytes);
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let value = json!({
            "blob": hash,
            "name": name.unwrap_or_else(|| "file".into()),
            "content_type": "application/octet-stream",
            "bytes": bytes.len(),
        });
        self.0.insert(hash, bytes);
        Ok(value)
    }
}

impl Blobs for Files {
    fn get(&self, hash: BlobHash) -> Fetching<'_> {
        let found = self.0.get(&hash).cloned();
        Box::pin(std::future::ready(found))
    }
}

/// What to perform.
#[derive(Debug)]
pub struct Request {
    /// The product.
    pub connector: Arc<Connector>,
    /// The action.
    pub action: String,
    /// Its input.
    pub input: Value,
    /// Settings over the manifest's defaults.
    pub settings: Value,
    /// Secrets by name.
    pub secrets: BTreeMap<String, String>,
    /// Instead of the manifest's address; it may be a private one.
    pub base_url: Option<String>,
    /// The key of a write.
    pub idempotency_key: Option<String>,
    /// The files that the input names.
    pub files: Files,
}

/// A text from the command line as the type that the manifest declares.
pub fn typed(text: &str, spec: Option<&ValueSpec>) -> Value {
    let structured = matches!(
        spec.map(|spec| &spec.kind),
        Some(Type::Integer | Type::Number | Type::Boolean | Type::List | Type::Object | Type::Any)
    );
    if structured && let Ok(value) = serde_json::from_str(text) {
        return value;
    }
    Value::String(text.to_owned())
}

/// Performs the action and answers `{"status","verdict","output","error","exchanges"}`.
///
/// # Errors
/// Only what keeps the call from being tried at all; what the product says is in the answer.
pub async fn call(request: Request) -> Result<Value> {
    let Request {
        connector,
        action,
        input,
        settings,
        secrets,
        base_url,
        idempotency_key,
        files,
    } = request;
    let settings = filled(&connector, settings, base_url.is_some());
    let egress = Egress::new(Options::default()).map_err(|e| Error::Internal(e.to_string()))?;
    let settings = match connector.settings(&settings) {
        Ok(settings) => settings,
        Err(problems) => {
            let mut error = CallError::new(ErrorCode::InvalidInput, problems.join("; "));
            error.hint = "give settings with --set name=value".into();
            return Ok(answer(&Performed::failed(error), 0));
        }
    };
    let key =
        idempotency_key.or_else(|| Some(format!("call-{:032x}", crate::clock::random_u128())));
    let environment = Arc::new(Environment {
        settings,
        base_url: base_url.clone(),
        idempotency_key: key,
    });
    let link = Arc::new(Link {
        tenant: TenantId::DEFAULT,
        connection: ConnectionId::new(0, 1),
        name: connector.manifest.name.clone(),
        connector: connector.clone(),
        environment: environment.clone(),
        secrets: Secrets::new(secrets),
        // Whoever gives an address at the keyboard means it.
        allow_private: base_url.is_some(),
        reliability: connector.manifest.reliability,
        limits: connector.manifest.limits,
    });
    let deadline = tokio::time::Instant::now() + CALL_MAX;
    let mut exchanges = 0;
    let mut call = match Call::start(connector.clone(), &action, input, environment.clone()) {
        Ok(call) => call,
        Err(error) => return Ok(answer(&Performed::failed(error), 0)),
    };
    loop {
        let performed = egress.perform(&link, call, &files, Some(deadline)).await;
        exchanges += performed.exchanges.len();
        let Ended::Wait {
            state,
            millis,
            reason,
        } = &performed.end
        else {
            return Ok(answer(&performed, exchanges));
        };
        tracing::info!("waiting {millis} ms {reason}");
        tokio::time::sleep(std::time::Duration::from_millis(*millis)).await;
        call = match Call::restore(connector.clone(), state, environment.clone()) {
            Ok(call) => call,
            Err(error) => return Ok(answer(&Performed::failed(error), exchanges)),
        };
    }
}

/// Against a stand-in (another address than the product's) a required setting that is not given takes the
/// manifest's example, so that an action can be tried with nothing but its input.
fn filled(connector: &Connector, settings: Value, stand_in: bool) -> Value {
    let Value::Object(mut settings) = settings else {
        return settings;
    };
    for (name, spec) in &connector.manifest.settings {
        let missing = spec.required && spec.default.is_none() && !settings.contains_key(name);
        if let (true, true, Some(example)) = (stand_in, missing, &spec.example) {
            tracing::warn!("The setting `{name}` is not given; the example {example} is used");
            settings.insert(name.clone(), example.clone());
        }
    }
    Value::Object(settings)
}

fn answer(performed: &Performed, exchanges: usize) -> Value {
    let Some(result) = performed.result() else {
        return Value::Null;
    };
    let status = match result.status {
        CallStatus::Ok => "ok",
        CallStatus::NotFound => "not_found",
        CallStatus::Error => "error",
    };
    json!({
        "status": status,
        "verdict": result.verdict,
        "output": if result.output.is_null() { json!({}) } else { result.output.clone() },
        "error": result.error.as_ref().map(|error| json!({
            "code": error.code.as_str(),
            "message": error.message,
            "hint": error.hint,
        })),
        "exchanges": exchanges,
    })
}

/// The reference page of the expression language, from its own table.
pub fn expression_reference() -> String {
    use std::fmt::Write;
    let mut page = String::from(
        "<!-- Generated by `updraft docs --write`; do not edit. -->\n\n# Functions of the expression language\n\n\
         Every function is also a filter: `len(x)` is `x | len`. Each example is run by a test.\n\n\
         | function | what it gives | example | result |\n|---|---|---|---|\n",
    );
    for builtin in updraft_expr::builtins() {
        let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
        let _ = writeln!(
            page,
            "| `{}` | {} | `{}` | `{}` |",
            cell(builtin.signature),
            cell(builtin.summary),
            cell(builtin.example),
            cell(builtin.result)
        );
    }
    page
}

/// The JSON Schema of a playbook.
pub fn playbook_schema() -> Value {
    updraft_engine::schema()
}
