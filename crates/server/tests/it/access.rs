//! The whole access rule, route by route and caller by caller, against the real router.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use updraft_model::{Permission, Role, TenantId, access};
use updraft_server::{Route, openapi, routes};

use crate::rig::{Person, Rig, ask, browse};

/// Where the matrix is kept, for people to read and for reviews to see it change.
const MATRIX: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/access-matrix.txt");

/// Open to everybody who reaches the port.
const OPEN: &[(&str, &str)] = &[
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/api/openapi.json"),
    ("POST", "/api/v1/session"),
];
/// For everybody with an account, also before the one-time password is replaced.
const OWN_SESSION: &[(&str, &str)] = &[
    ("GET", "/api/v1/session"),
    ("DELETE", "/api/v1/session"),
    ("POST", "/api/v1/session/password"),
];

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Caller {
    Role(Role),
    OneTime,
    Source,
    Nobody,
}

const CALLERS: [(Caller, &str); 7] = [
    (Caller::Role(Role::Auditor), "auditor"),
    (Caller::Role(Role::Analyst), "analyst"),
    (Caller::Role(Role::Engineer), "engineer"),
    (Caller::Role(Role::Admin), "admin"),
    (Caller::OneTime, "one-time"),
    (Caller::Source, "source"),
    (Caller::Nobody, "nobody"),
];

/// What the rule says.
fn may(caller: Caller, route: &Route) -> bool {
    let place = (route.method, route.path);
    if OPEN.contains(&place) {
        return true;
    }
    match (route.needs, caller) {
        (None, Caller::Role(_) | Caller::OneTime) => OWN_SESSION.contains(&place),
        (Some(permission), Caller::Role(role)) => access::allows(role, permission),
        (Some(permission), Caller::Source) => permission == Permission::AlertSubmit,
        _ => false,
    }
}

/// The path with things in the place of its parameters that are not there, except for the intake.
fn path_of(route: &Route) -> String {
    let mut path = route
        .path
        .replace("{source}", "siem")
        .replace("{name}", "nothing");
    path = path
        .replace("{hash}", &"0".repeat(64))
        .replace("{number}", "1")
        .replace("{id}", "nothing");
    match route.path {
        "/api/v1/runs/{id}/step" => path.push_str("?path=a"),
        "/api/v1/observables" => path.push_str("?value=192.0.2.1"),
        _ => {}
    }
    path
}

async fn token_of(
    rig: &Rig,
    caller: Caller,
    people: &BTreeMap<&str, Person>,
    source: &str,
) -> Option<String> {
    let name = CALLERS
        .iter()
        .find(|(other, _)| *other == caller)
        .map(|(_, name)| *name)?;
    match caller {
        Caller::Role(_) | Caller::OneTime => Some(rig.session(people.get(name)?).await),
        Caller::Source => Some(source.to_owned()),
        Caller::Nobody => None,
    }
}

/// Nobody is stopped with 401 and somebody with 403; everything else was let in.
async fn is_let_in(rig: &Rig, route: &Route, token: Option<&str>) -> bool {
    let method: Method = route.method.parse().unwrap();
    let body = (method != Method::GET).then(|| json!({}));
    let answer = rig.open(ask(method, &path_of(route), token, body)).await;
    !matches!(
        answer.status(),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
    )
}

#[tokio::test]
async fn every_route_lets_in_whom_the_access_rule_names_and_nobody_else() {
    let rig = Rig::new().await;
    let mut people = BTreeMap::new();
    for (caller, name) in CALLERS {
        match caller {
            Caller::Role(role) => people.insert(name, rig.person(role).await),
            Caller::OneTime => {
                let person = rig.person_of(TenantId::DEFAULT, Role::Admin, true).await;
                people.insert(name, person)
            }
            _ => None,
        };
    }
    let source = rig.source(&people["engineer"], "siem").await;
    let mut matrix = format!("{:<44} {:<14}", "route", "takes");
    for (_, name) in CALLERS {
        let _ = write!(matrix, " {name:<8}");
    }
    matrix = format!("{}\n", matrix.trim_end());
    let mut wrong = Vec::new();
    for route in routes() {
        let needs = match route.needs {
            Some(permission) => serde_json::to_value(permission)
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned(),
            None => "-".to_owned(),
        };
        let mut line = format!(
            "{:<44} {needs:<14}",
            format!("{} {}", route.method, route.path)
        );
        for (caller, name) in CALLERS {
            let token = token_of(&rig, caller, &people, &source).await;
            let let_in = is_let_in(&rig, &route, token.as_deref()).await;
            if let_in != may(caller, &route) {
                wrong.push(format!(
                    "{} {}: {name} is let in: {let_in}",
                    route.method, route.path
                ));
            }
            let _ = write!(line, " {:<8}", if let_in { "yes" } else { "." });
        }
        let _ = writeln!(matrix, "{}", line.trim_end());
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(MATRIX, &matrix).unwrap();
    }
    let kept = std::fs::read_to_string(MATRIX).unwrap_or_default();
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) =
        (kept.lines().collect(), matrix.lines().collect());
    let changed: Vec<_> = old.symmetric_difference(&new).collect();
    assert!(
        kept == matrix,
        "the access matrix is stale: set UPDATE=1 and look at what changed: {changed:#?}"
    );
}

#[test]
fn a_route_without_a_permission_is_on_the_list_of_open_ones() {
    let without: BTreeSet<_> = routes()
        .iter()
        .filter(|route| route.needs.is_none())
        .map(|route| (route.method, route.path))
        .collect();
    let named: BTreeSet<_> = OPEN.iter().chain(OWN_SESSION).copied().collect();
    assert_eq!(without, named);
}

#[test]
fn the_routes_and_the_openapi_document_name_the_same() {
    let served: BTreeSet<(String, String)> = routes()
        .iter()
        .filter(|route| route.path.starts_with("/api/v1/"))
        .map(|route| (route.method.to_owned(), route.path.to_owned()))
        .collect();
    let document: Value = serde_json::to_value(openapi()).unwrap();
    let described: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(|method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    assert_eq!(served, described);
}

#[tokio::test]
async fn a_browser_changes_nothing_without_the_header_of_our_own_pages() {
    let rig = Rig::new().await;
    let admin = rig.person(Role::Admin).await;
    for route in routes() {
        let reads = route.method == "GET";
        let place = (route.method, route.path);
        if OPEN.contains(&place)
            || route.needs == Some(Permission::AlertSubmit)
            || place.1.ends_with("/events")
        {
            continue;
        }
        let method: Method = route.method.parse().unwrap();
        let request = browse(method, &path_of(&route), &admin.token, false, json!({}));
        let answer = rig.send(request).await;
        let stopped = answer.status == StatusCode::FORBIDDEN && answer.json()["code"] == "csrf";
        assert_eq!(stopped, !reads, "{place:?}: {}", answer.text());
    }
}

#[tokio::test]
async fn the_intake_takes_no_cookie() {
    let rig = Rig::new().await;
    let admin = rig.person(Role::Admin).await;
    rig.source(&admin, "siem").await;
    let request = browse(
        Method::POST,
        "/api/v1/sources/siem/alerts",
        &admin.token,
        true,
        json!({}),
    );
    rig.send(request)
        .await
        .refused_with_hint(401, "unauthenticated");
}
