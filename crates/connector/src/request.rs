//! From a request template to a [`Request`]: address, query, headers, body.
//!
//! Data never decides where a request goes. A hole in a path is one encoded segment; the finished address
//! must lie on the host of `base_url` or on one of `allowed_hosts`; a header value holds no line break.

use serde_json::{Map, Value};
use updraft_expr::{Expr, Fuel, Part as Piece, Scope};
use updraft_model::BlobHash;

use crate::{
    action::{Action, BodySpec, PageInto, PartSpec, RequestSpec},
    auth::clean,
    encode,
    error::{CallError, ErrorCode},
    exchange::{Body, Part, PartContent, Request, Transport},
    manifest::Manifest,
    templates::{Json, Text, fuel},
    values::plain,
};

/// Longest address of a request.
pub const URL_BYTES_MAX: usize = 32 << 10;
/// Biggest body that a template may produce; files are not counted.
pub const BODY_BYTES_MAX: usize = 16 << 20;
/// Most parts of a multipart body.
pub const PARTS_MAX: usize = 100;
/// Port of the WHOIS protocol.
pub const WHOIS_PORT: u16 = 43;

/// What a page adds to the request of the first page.
#[derive(Debug, Clone, Default)]
pub(crate) struct PageParams {
    /// The address of the next page, instead of the template's.
    pub url: Option<String>,
    pub params: Vec<(String, Value)>,
    pub into: PageInto,
}

/// Everything a request is made from.
pub(crate) struct Builder<'a> {
    pub manifest: &'a Manifest,
    pub action: &'a Action,
    pub scope: &'a dyn Scope,
    pub settings: &'a Value,
    pub base_url: Option<&'a str>,
    pub idempotency_key: Option<&'a str>,
    /// The `accept` header unless the request says otherwise.
    pub accept: &'a str,
}

impl Builder<'_> {
    /// The request, or why it cannot be made.
    pub fn build(&self, spec: &RequestSpec, page: &PageParams) -> Result<Request, CallError> {
        let mut fuel = fuel();
        let timeout_ms = spec
            .timeout
            .or(self.action.timeout_ms)
            .unwrap_or(self.manifest.timeout);
        let response_bytes_max = self
            .action
            .response_bytes_max
            .unwrap_or(self.manifest.response_bytes_max);
        if self.manifest.transport == Transport::Whois {
            let (url, data) = self.whois(spec, &mut fuel)?;
            return Ok(Request {
                transport: Transport::Whois,
                method: "QUERY".into(),
                url,
                headers: Vec::new(),
                body: Body::Bytes {
                    content_type: "text/plain".into(),
                    data,
                },
                timeout_ms,
                response_bytes_max,
            });
        }
        let mut url = match &page.url {
            Some(url) => self.checked(url)?,
            None => self.address(spec, &mut fuel)?,
        };
        if page.url.is_none() {
            self.add_query(&mut url, spec, page, &mut fuel)?;
        }
        if url.len() > URL_BYTES_MAX {
            return Err(invalid(format!(
                "the address is longer than {URL_BYTES_MAX} bytes"
            )));
        }
        Ok(Request {
            transport: Transport::Http,
            method: spec.method.clone(),
            url,
            headers: self.headers(spec, &mut fuel)?,
            body: match &spec.body {
                None => Body::None,
                Some(body) => self.body(body, page, &mut fuel)?,
            },
            timeout_ms,
            response_bytes_max,
        })
    }

    fn address(&self, spec: &RequestSpec, fuel: &mut Fuel) -> Result<String, CallError> {
        if let Some(url) = &spec.url {
            let mut text = String::new();
            for (index, piece) in url.template.parts().iter().enumerate() {
                match piece {
                    Piece::Text(literal) => text.push_str(literal),
                    // The first hole may be the whole start of an address; the host is checked below.
                    Piece::Hole(expr) if index == 0 => {
                        text.push_str(&plain(&self.eval(expr, fuel, "url")?));
                    }
                    Piece::Hole(expr) => {
                        encode::component(&mut text, &plain(&self.eval(expr, fuel, "url")?));
                    }
                }
            }
            return self.checked(&text);
        }
        let base = self.base()?;
        let mut url = base.trim_end_matches('/').to_owned();
        let start = url.len();
        if let Some(path) = &spec.path {
            self.add_path(&mut url, path, fuel)?;
        }
        let path = url.get(start..).unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        if path.split('/').any(|segment| matches!(segment, "." | "..")) {
            return Err(invalid("the path has a `.` or `..` segment"));
        }
        Ok(url)
    }

    fn add_path(&self, url: &mut String, path: &Text, fuel: &mut Fuel) -> Result<(), CallError> {
        let starts_with_slash = matches!(
            path.template.parts().first(),
            Some(Piece::Text(text)) if text.starts_with('/') || text.starts_with('?')
        );
        if !starts_with_slash {
            url.push('/');
        }
        for piece in path.template.parts() {
            match piece {
                Piece::Text(literal) => url.push_str(literal),
                Piece::Hole(expr) => {
                    let segment = plain(&self.eval(expr, fuel, "path")?);
                    if segment.is_empty() {
                        return Err(invalid(format!(
                            "`{}` in the path is empty",
                            expr.source().trim()
                        )));
                    }
                    encode::component(url, &segment);
                }
            }
        }
        Ok(())
    }

    /// The address that every path starts from.
    pub fn base(&self) -> Result<String, CallError> {
        let text = match (self.base_url, &self.manifest.base_url) {
            (Some(url), _) => overridden(self.manifest, url),
            (None, Some(template)) => {
                let mut scope = Map::new();
                scope.insert("settings".into(), self.settings.clone());
                template
                    .text(&scope, &mut fuel())
                    .map_err(|error| setup(format!("base_url: {}", error.message)))?
            }
            (None, None) => return Err(setup("the connector has no base_url".to_owned())),
        };
        let parsed = url::Url::parse(&text)
            .map_err(|error| setup(format!("base_url is no address: {error}")))?;
        let plain_address = matches!(parsed.scheme(), "http" | "https")
            && parsed.username().is_empty()
            && parsed.password().is_none()
            && parsed.query().is_none()
            && parsed.fragment().is_none();
        if !plain_address {
            return Err(setup(
                "base_url must be http or https, without user, query and fragment".to_owned(),
            ));
        }
        Ok(text)
    }

    /// An absolute address, if its host is one that this connector may reach.
    fn checked(&self, text: &str) -> Result<String, CallError> {
        let url = url::Url::parse(text).map_err(|error| {
            CallError::new(
                ErrorCode::Refused,
                format!("an address cannot be used: {error}"),
            )
        })?;
        let host = url.host_str().unwrap_or_default();
        let sane = matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none();
        let base = self
            .base()
            .ok()
            .and_then(|base| url::Url::parse(&base).ok());
        let on_base = base.as_ref().is_some_and(|base| {
            base.host_str() == Some(host)
                && base.port_or_known_default() == url.port_or_known_default()
                && base.scheme() == url.scheme()
        });
        let listed = || {
            allowed_hosts(self.manifest, self.settings)
                .iter()
                .any(|pattern| host_matches(pattern, host))
        };
        if sane && (on_base || listed()) {
            let mut url = url;
            url.set_fragment(None);
            return Ok(url.into());
        }
        let host = crate::check::short(host);
        Err(CallError::new(
            ErrorCode::Refused,
            format!("the connector may not reach the host `{host}`"),
        )
        .hint("add it to `allowed_hosts` of the connector if that is right"))
    }

    fn add_query(
        &self,
        url: &mut String,
        spec: &RequestSpec,
        page: &PageParams,
        fuel: &mut Fuel,
    ) -> Result<(), CallError> {
        let mut pairs = match &spec.query {
            Some(query) => flat(&self.json(query, fuel, "query")?, "query")?,
            None => Vec::new(),
        };
        if page.into == PageInto::Query {
            for (name, value) in &page.params {
                pairs.retain(|(known, _)| known != name);
                pairs.push((name.clone(), plain(value)));
            }
        }
        if !pairs.is_empty() {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&encode::pairs(&pairs));
        }
        Ok(())
    }

    fn headers(
        &self,
        spec: &RequestSpec,
        fuel: &mut Fuel,
    ) -> Result<Vec<(String, String)>, CallError> {
        let mut headers: Vec<(String, String)> = Vec::new();
        let mut set = |name: &str, value: String| -> Result<(), CallError> {
            let name = name.to_ascii_lowercase();
            if !crate::check::is_header_name(&name) {
                return Err(invalid("a header has a bad name"));
            }
            let value = clean(&name, value)?;
            match headers.iter_mut().find(|(known, _)| *known == name) {
                Some(header) => header.1 = value,
                None => headers.push((name, value)),
            }
            Ok(())
        };
        set("accept", self.accept.to_owned())?;
        for (name, template) in &self.manifest.headers {
            let value = template
                .text(self.scope, fuel)
                .map_err(|error| in_request("headers", &error))?;
            set(name, value)?;
        }
        if let Some(template) = &spec.headers {
            for (name, value) in flat(&self.json(template, fuel, "headers")?, "headers")? {
                set(&name, value)?;
            }
        }
        if let (Some(header), Some(key)) = (&self.action.idempotency.header, self.idempotency_key)
            && !matches!(spec.method.as_str(), "GET" | "HEAD")
        {
            set(header, key.to_owned())?;
        }
        Ok(headers)
    }

    fn body(&self, spec: &BodySpec, page: &PageParams, fuel: &mut Fuel) -> Result<Body, CallError> {
        let content_type = |builder: &Self, fuel: &mut Fuel, default: &str| match &spec.content_type
        {
            Some(template) => clean(
                "content-type",
                builder.text(template, fuel, "content_type")?,
            ),
            None => Ok(default.to_owned()),
        };
        if let Some(parts) = &spec.multipart {
            return self.multipart(parts, fuel);
        }
        if let Some(file) = &spec.raw_file {
            let value = self.value(file, fuel, "raw_file")?;
            let file = File::read(&value)?;
            return Ok(Body::Blob {
                content_type: content_type(self, fuel, &file.content_type)?,
                hash: file.hash,
            });
        }
        let (content_type, data) = if let Some(json) = &spec.json {
            let mut value = self.json(json, fuel, "json")?;
            if page.into == PageInto::Json
                && let Some(map) = value.as_object_mut()
            {
                map.extend(page.params.iter().cloned());
            }
            let data = serde_json::to_vec(&value).unwrap_or_default();
            (content_type(self, fuel, "application/json")?, data)
        } else if let Some(form) = &spec.form {
            let pairs = flat(&self.json(form, fuel, "form")?, "form")?;
            (
                "application/x-www-form-urlencoded".into(),
                encode::pairs(&pairs).into_bytes(),
            )
        } else if let Some(text) = &spec.text {
            let data = self.text(text, fuel, "text")?.into_bytes();
            (content_type(self, fuel, "text/plain; charset=utf-8")?, data)
        } else {
            return Ok(Body::None);
        };
        if data.len() > BODY_BYTES_MAX {
            return Err(invalid(format!(
                "the body is bigger than {BODY_BYTES_MAX} bytes"
            )));
        }
        Ok(Body::Bytes { content_type, data })
    }

    fn multipart(&self, specs: &[PartSpec], fuel: &mut Fuel) -> Result<Body, CallError> {
        let mut parts = Vec::new();
        for spec in specs.iter().take(PARTS_MAX) {
            if let Some(part) = self.part(spec, fuel)? {
                parts.push(part);
            }
        }
        Ok(Body::Multipart { parts })
    }

    fn part(&self, spec: &PartSpec, fuel: &mut Fuel) -> Result<Option<Part>, CallError> {
        let name = clean("multipart name", self.text(&spec.name, fuel, "name")?)?;
        let optional = |template: &Option<Text>, fuel: &mut Fuel, place: &str| match template {
            Some(template) => clean(place, self.text(template, fuel, place)?).map(Some),
            None => Ok(None),
        };
        let mut filename = optional(&spec.filename, fuel, "filename")?;
        let mut content_type = optional(&spec.content_type, fuel, "content_type")?;
        let content = if let Some(file) = &spec.file {
            let value = self.value(file, fuel, "file")?;
            if value.is_null() {
                return Ok(None);
            }
            let file = File::read(&value)?;
            filename = filename.or(Some(file.name));
            content_type = content_type.or(Some(file.content_type));
            PartContent::Blob(file.hash)
        } else if let Some(json) = &spec.json {
            content_type = content_type.or_else(|| Some("application/json".into()));
            let value = self.json(json, fuel, "json")?;
            PartContent::Bytes(serde_json::to_vec(&value).unwrap_or_default())
        } else if let Some(value) = &spec.value {
            match self.value(value, fuel, "value")? {
                Value::Null => return Ok(None),
                value => PartContent::Bytes(plain(&value).into_bytes()),
            }
        } else {
            return Ok(None);
        };
        Ok(Some(Part {
            name,
            filename,
            content_type,
            content,
        }))
    }

    fn whois(&self, spec: &RequestSpec, fuel: &mut Fuel) -> Result<(String, Vec<u8>), CallError> {
        let server = match &spec.server {
            Some(template) => self.text(template, fuel, "server")?,
            None => String::new(),
        };
        let query = match &spec.query {
            Some(template) => plain(&self.json(template, fuel, "query")?),
            None => String::new(),
        };
        let host_like = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
        if server.is_empty() || server.len() > 260 || !server.chars().all(host_like) {
            return Err(invalid("the WHOIS server is not a host name"));
        }
        if query.is_empty() || query.len() > 512 || query.contains(|c: char| c.is_control()) {
            return Err(invalid(
                "the WHOIS query is empty, too long or has control characters",
            ));
        }
        let has_port = server.rsplit_once(':').is_some_and(|(host, port)| {
            (!host.contains(':') || host.ends_with(']')) && port.parse::<u16>().is_ok()
        });
        let host = if server.contains(':') && !has_port && !server.starts_with('[') {
            format!("[{server}]")
        } else {
            server
        };
        let url = if has_port {
            format!("whois://{host}")
        } else {
            format!("whois://{host}:{WHOIS_PORT}")
        };
        let bare = url
            .strip_prefix("whois://")
            .and_then(|rest| rest.rsplit_once(':'))
            .map_or("", |(host, _)| host.trim_matches(['[', ']']));
        let listed = allowed_hosts(self.manifest, self.settings);
        if !listed.iter().any(|pattern| host_matches(pattern, bare)) {
            return Err(CallError::new(
                ErrorCode::Refused,
                format!(
                    "the connector may not reach the host `{}`",
                    crate::check::short(bare)
                ),
            ));
        }
        Ok((url, format!("{query}\r\n").into_bytes()))
    }

    fn eval(&self, expr: &Expr, fuel: &mut Fuel, place: &str) -> Result<Value, CallError> {
        expr.eval(self.scope, fuel)
            .map_err(|error| in_request(place, &error))
    }
    fn text(&self, template: &Text, fuel: &mut Fuel, place: &str) -> Result<String, CallError> {
        template
            .text(self.scope, fuel)
            .map_err(|error| in_request(place, &error))
    }
    /// The value; `omit` is null.
    fn value(&self, template: &Text, fuel: &mut Fuel, place: &str) -> Result<Value, CallError> {
        template
            .template
            .eval_present(self.scope, fuel)
            .map(Option::unwrap_or_default)
            .map_err(|error| in_request(place, &error))
    }
    fn json(&self, template: &Json, fuel: &mut Fuel, place: &str) -> Result<Value, CallError> {
        template
            .eval(self.scope, fuel)
            .map_err(|(pointer, error)| in_request(&format!("{place}{pointer}"), &error))
    }
}

/// An address given instead of the manifest's: one without a path takes the place of scheme, host and port
/// only, one with a path takes the place of all. So `https://vt.proxy.example` keeps `/api/v3`.
pub(crate) fn overridden(manifest: &Manifest, url: &str) -> String {
    let plain = url.trim_end_matches('/');
    let has_path = url::Url::parse(url).is_ok_and(|url| url.path().len() > 1);
    if has_path || plain.starts_with("whois:") {
        return plain.to_owned();
    }
    let usual = manifest
        .base_url
        .as_ref()
        .map_or("", |base| base.template.source());
    // A setting in front of the path stands for the origin, or for the host alone.
    let after = usual.split_once("://").map_or(usual, |(_, rest)| rest);
    let path = after.rsplit_once("}}").map_or(after, |(_, rest)| rest);
    let path = path
        .find('/')
        .and_then(|at| path.get(at..))
        .unwrap_or_default();
    format!("{plain}{}", path.trim_end_matches('/'))
}

/// The hosts that a connection may reach beside that of its `base_url`.
pub(crate) fn allowed_hosts(manifest: &Manifest, settings: &Value) -> Vec<String> {
    let mut scope = Map::new();
    scope.insert("settings".into(), settings.clone());
    manifest
        .allowed_hosts
        .iter()
        .filter_map(|template| template.text(&scope, &mut fuel()).ok())
        .map(|host| host.trim().to_ascii_lowercase())
        .filter(|host| !host.is_empty())
        .collect()
}

/// `*.example.com` covers sub-domains, `*` everything, anything else itself.
pub fn host_matches(pattern: &str, host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    match pattern.strip_prefix('*') {
        Some("") => true,
        Some(suffix) => {
            suffix.starts_with('.')
                && host.len() > suffix.len()
                && host.to_ascii_lowercase().ends_with(suffix)
        }
        None => pattern.eq_ignore_ascii_case(host),
    }
}

struct File {
    hash: BlobHash,
    name: String,
    content_type: String,
}

impl File {
    fn read(value: &Value) -> Result<File, CallError> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let hash = text("blob")
            .and_then(|hash| hash.parse().ok())
            .ok_or_else(|| invalid("a file is expected: a mapping with `blob`"))?;
        Ok(File {
            hash,
            name: clean("filename", text("name").unwrap_or("file").to_owned())?,
            content_type: clean(
                "content-type",
                text("content_type")
                    .unwrap_or("application/octet-stream")
                    .to_owned(),
            )?,
        })
    }
}

/// A mapping as pairs: lists repeat the name, null leaves it out.
fn flat(value: &Value, place: &str) -> Result<Vec<(String, String)>, CallError> {
    let Value::Object(map) = value else {
        return Err(invalid(format!("{place} is not a mapping")));
    };
    let mut pairs = Vec::new();
    for (name, value) in map {
        match value {
            Value::Null => {}
            Value::Array(list) => {
                pairs.extend(list.iter().map(|item| (name.clone(), plain(item))));
            }
            other => pairs.push((name.clone(), plain(other))),
        }
    }
    Ok(pairs)
}

fn invalid(message: impl Into<String>) -> CallError {
    CallError::new(ErrorCode::InvalidInput, message)
}

fn setup(message: String) -> CallError {
    invalid(message).hint("check the settings of the connection")
}

/// An expression error names operators and types, never values.
fn in_request(place: &str, error: &updraft_expr::Error) -> CallError {
    invalid(format!("request {place}: {}", error.message)).hint(error.hint.clone())
}
