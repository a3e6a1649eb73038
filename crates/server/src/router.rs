//! Every route in one reading, with the permission that it takes.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderName, HeaderValue, header},
    routing::{MethodRouter, delete, get, patch, post, put},
};
use tower_http::set_header::SetResponseHeaderLayer;
use updraft_app::App;
use updraft_model::Permission;
use utoipa::{
    OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use crate::{
    api::{
        alerts, audit, cases, connections, connectors, observables, paths, playbooks, runs,
        session, sources, steering, tasks, trials, triggers, upkeep, users,
    },
    events, intake, metrics, pages, refused,
};

/// The largest JSON body of the API; the intake has its own limit.
const API_BODY_BYTES_MAX: usize = 1 << 20;
/// For answers that are data: a browser that is made to show one runs nothing and frames nothing.
const NOTHING_RUNS: &str = "default-src 'none'; frame-ancestors 'none'";

/// One route.
#[derive(Debug)]
pub struct Route {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// The path with its parameters.
    pub path: &'static str,
    /// What it takes; `None` for the few that are open or check something else.
    pub needs: Option<Permission>,
    handler: MethodRouter<App>,
}

fn route(
    method: &'static str,
    path: &'static str,
    needs: impl Into<Option<Permission>>,
    handler: MethodRouter<App>,
) -> Route {
    Route {
        method,
        path,
        needs: needs.into(),
        handler,
    }
}

/// All routes of the API.
pub fn routes() -> Vec<Route> {
    use Permission::{
        AlertSubmit, AuditRead, CaseRead, CaseWrite, ConfigRead, ConfigWrite, UserRead, UserWrite,
    };
    let mut routes = playbook_routes();
    routes.extend([
        route("GET", "/healthz", None, get(metrics::health)),
        route("GET", "/readyz", None, get(metrics::ready)),
        route("GET", "/metrics", None, get(metrics::metrics)),
        route(
            "GET",
            "/api/openapi.json",
            None,
            get(|| async { axum::Json(openapi()) }),
        ),
        route("POST", "/api/v1/session", None, post(session::sign_in)),
        route("GET", "/api/v1/session", None, get(session::me)),
        route("DELETE", "/api/v1/session", None, delete(session::sign_out)),
        route(
            "POST",
            "/api/v1/session/password",
            None,
            post(session::change_password),
        ),
        route(
            "POST",
            "/api/v1/sources/{source}/alerts",
            AlertSubmit,
            post(intake::receive),
        ),
        route("GET", "/api/v1/events", CaseRead, get(events::stream)),
        route("GET", "/api/v1/alerts", CaseRead, get(alerts::list)),
        route("GET", "/api/v1/alerts/{id}", CaseRead, get(alerts::show)),
        route("GET", "/api/v1/alerts/{id}/raw", CaseRead, get(alerts::raw)),
        route("GET", "/api/v1/cases", CaseRead, get(cases::list)),
        route("GET", "/api/v1/cases/counts", CaseRead, get(cases::counts)),
        route("GET", "/api/v1/cases/{id}", CaseRead, get(cases::show)),
        route("PATCH", "/api/v1/cases/{id}", CaseWrite, patch(cases::edit)),
        route(
            "GET",
            "/api/v1/cases/{id}/timeline",
            CaseRead,
            get(cases::timeline),
        ),
        route(
            "GET",
            "/api/v1/cases/{id}/report",
            CaseRead,
            get(cases::report),
        ),
        route(
            "POST",
            "/api/v1/cases/{id}/comments",
            CaseWrite,
            post(cases::comment),
        ),
        route(
            "POST",
            "/api/v1/cases/{id}/rerun",
            CaseWrite,
            post(cases::rerun),
        ),
        route(
            "POST",
            "/api/v1/cases/{id}/close",
            CaseWrite,
            post(cases::close),
        ),
        route(
            "POST",
            "/api/v1/cases/{id}/reopen",
            CaseWrite,
            post(cases::reopen),
        ),
        route("GET", "/api/v1/runs", CaseRead, get(runs::list)),
        route("GET", "/api/v1/runs/{id}", CaseRead, get(runs::show)),
        route("GET", "/api/v1/runs/{id}/step", CaseRead, get(runs::step)),
        route(
            "GET",
            "/api/v1/runs/{id}/blobs/{hash}",
            CaseRead,
            get(runs::blob),
        ),
        route(
            "POST",
            "/api/v1/runs/{id}/cancel",
            CaseWrite,
            post(runs::cancel),
        ),
        route(
            "POST",
            "/api/v1/runs/{id}/replay",
            CaseRead,
            post(runs::replay),
        ),
        route(
            "POST",
            "/api/v1/runs/{id}/compare",
            CaseRead,
            post(trials::compare),
        ),
        route(
            "POST",
            "/api/v1/runs/{id}/test",
            CaseRead,
            post(trials::make_test),
        ),
        route("GET", "/api/v1/paths", CaseRead, get(paths::paths)),
        route(
            "GET",
            "/api/v1/automate-next",
            CaseRead,
            get(paths::automate_next),
        ),
        route(
            "POST",
            "/api/v1/playbooks/{id}/backtests",
            ConfigWrite,
            post(trials::begin_backtest),
        ),
        route(
            "GET",
            "/api/v1/playbooks/{id}/backtests",
            ConfigRead,
            get(trials::list_backtests),
        ),
        route(
            "GET",
            "/api/v1/backtests/{id}",
            ConfigRead,
            get(trials::show_backtest),
        ),
        route(
            "POST",
            "/api/v1/backtests/{id}/cancel",
            ConfigWrite,
            post(trials::cancel_backtest),
        ),
        route(
            "POST",
            "/api/v1/runs/{id}/control",
            CaseWrite,
            post(steering::control),
        ),
        route(
            "POST",
            "/api/v1/runs/{id}/rerun",
            CaseWrite,
            post(steering::rerun),
        ),
        route(
            "POST",
            "/api/v1/runs/{id}/rollback",
            CaseWrite,
            post(steering::rollback),
        ),
        route(
            "POST",
            "/api/v1/runs/{id}/steps",
            CaseWrite,
            post(steering::add_step),
        ),
        route(
            "POST",
            "/api/v1/runs/{id}/signals",
            CaseWrite,
            post(steering::signal),
        ),
        route(
            "POST",
            "/api/v1/cases/{id}/signals",
            CaseWrite,
            post(steering::signal_case),
        ),
        route("GET", "/api/v1/tasks", CaseRead, get(tasks::list)),
        route("GET", "/api/v1/tasks/{id}", CaseRead, get(tasks::show)),
        route(
            "POST",
            "/api/v1/tasks/{id}/answer",
            CaseWrite,
            post(tasks::answer),
        ),
        route(
            "GET",
            "/api/v1/observables",
            CaseRead,
            get(observables::show),
        ),
        route(
            "GET",
            "/api/v1/playbooks/{id}/triggers",
            ConfigRead,
            get(triggers::list),
        ),
        route(
            "GET",
            "/api/v1/playbooks/{id}/why",
            CaseRead,
            get(triggers::why),
        ),
        route(
            "POST",
            "/api/v1/playbooks/{id}/runs",
            CaseWrite,
            post(triggers::start),
        ),
        route(
            "GET",
            "/api/v1/trigger-decisions",
            CaseRead,
            get(triggers::decisions),
        ),
        route(
            "GET",
            "/api/v1/cases/{id}/buttons",
            CaseRead,
            get(triggers::buttons),
        ),
        route(
            "GET",
            "/api/v1/connectors",
            ConfigRead,
            get(connectors::list),
        ),
        route(
            "GET",
            "/api/v1/connections",
            ConfigRead,
            get(connections::list),
        ),
        route(
            "POST",
            "/api/v1/connections",
            ConfigWrite,
            post(connections::create),
        ),
        route(
            "GET",
            "/api/v1/connections/{id}",
            ConfigRead,
            get(connections::show),
        ),
        route(
            "PATCH",
            "/api/v1/connections/{id}",
            ConfigWrite,
            patch(connections::change),
        ),
        route(
            "DELETE",
            "/api/v1/connections/{id}",
            ConfigWrite,
            delete(connections::remove),
        ),
        route(
            "POST",
            "/api/v1/connections/{id}/test",
            ConfigWrite,
            post(connections::test),
        ),
        route("GET", "/api/v1/sources", ConfigRead, get(sources::list)),
        route(
            "POST",
            "/api/v1/sources",
            ConfigWrite,
            post(sources::create),
        ),
        route(
            "PUT",
            "/api/v1/sources/{name}",
            ConfigWrite,
            put(sources::change),
        ),
        route(
            "POST",
            "/api/v1/sources/{name}/token",
            ConfigWrite,
            post(sources::new_token),
        ),
        route("GET", "/api/v1/users", UserRead, get(users::list)),
        route("POST", "/api/v1/users", UserWrite, post(users::create)),
        route(
            "PATCH",
            "/api/v1/users/{id}",
            UserWrite,
            patch(users::change),
        ),
        route(
            "POST",
            "/api/v1/users/{id}/password-reset",
            UserWrite,
            post(users::reset_password),
        ),
        route("GET", "/api/v1/audit", AuditRead, get(audit::list)),
        route("GET", "/api/v1/doctor", ConfigRead, get(upkeep::doctor)),
        route("POST", "/api/v1/backups", UserWrite, post(upkeep::backup)),
    ]);
    routes
}

/// What concerns playbooks.
fn playbook_routes() -> Vec<Route> {
    use Permission::{ConfigRead, ConfigWrite, UserWrite};
    use playbooks::{rules, trial, versions};
    vec![
        route("GET", "/api/v1/playbooks", ConfigRead, get(playbooks::list)),
        route(
            "POST",
            "/api/v1/playbooks",
            ConfigWrite,
            post(playbooks::create),
        ),
        route(
            "POST",
            "/api/v1/playbooks/check",
            ConfigRead,
            post(trial::check),
        ),
        route(
            "POST",
            "/api/v1/playbooks/import",
            ConfigWrite,
            post(playbooks::exchange::read),
        ),
        route(
            "POST",
            "/api/v1/playbooks/test",
            ConfigWrite,
            post(trial::test),
        ),
        route(
            "GET",
            "/api/v1/playbooks/{id}",
            ConfigRead,
            get(playbooks::show),
        ),
        route(
            "PUT",
            "/api/v1/playbooks/{id}/draft",
            ConfigWrite,
            put(playbooks::save_draft),
        ),
        route(
            "DELETE",
            "/api/v1/playbooks/{id}/draft",
            ConfigWrite,
            delete(playbooks::discard_draft),
        ),
        route(
            "GET",
            "/api/v1/playbooks/{id}/export",
            ConfigRead,
            get(playbooks::export),
        ),
        route(
            "PATCH",
            "/api/v1/playbooks/{id}/inputs",
            ConfigWrite,
            patch(playbooks::set_inputs),
        ),
        route(
            "GET",
            "/api/v1/playbooks/{id}/versions",
            ConfigRead,
            get(versions::list),
        ),
        route(
            "POST",
            "/api/v1/playbooks/{id}/versions",
            ConfigWrite,
            post(versions::make),
        ),
        route(
            "GET",
            "/api/v1/playbooks/{id}/versions/{number}",
            ConfigRead,
            get(versions::show),
        ),
        route(
            "POST",
            "/api/v1/playbooks/{id}/activate",
            ConfigWrite,
            post(versions::activate),
        ),
        route(
            "POST",
            "/api/v1/playbooks/{id}/rollback",
            ConfigWrite,
            post(versions::roll_back),
        ),
        route(
            "POST",
            "/api/v1/playbooks/{id}/deactivate",
            ConfigWrite,
            post(versions::deactivate),
        ),
        route(
            "POST",
            "/api/v1/playbooks/{id}/archive",
            ConfigWrite,
            post(versions::archive),
        ),
        route(
            "GET",
            "/api/v1/playbooks/{id}/activations",
            ConfigRead,
            get(versions::activations),
        ),
        route(
            "GET",
            "/api/v1/playbooks/{id}/diff",
            ConfigRead,
            get(versions::diff),
        ),
        route(
            "GET",
            "/api/v1/playbook-policy",
            ConfigRead,
            get(rules::policy),
        ),
        route(
            "PUT",
            "/api/v1/playbook-policy",
            UserWrite,
            put(rules::set_policy),
        ),
        route(
            "GET",
            "/api/v1/playbook-repository",
            ConfigRead,
            get(rules::repository),
        ),
        route(
            "PUT",
            "/api/v1/playbook-repository",
            UserWrite,
            put(rules::set_repository),
        ),
        route(
            "POST",
            "/api/v1/playbook-repository/pull",
            ConfigWrite,
            post(rules::pull),
        ),
        route(
            "GET",
            "/api/v1/playbook-schema",
            ConfigRead,
            get(trial::schema),
        ),
        route(
            "GET",
            "/api/v1/playbook-vocabulary",
            ConfigRead,
            get(trial::vocabulary),
        ),
    ]
}

/// The whole service.
pub fn router(app: App) -> Router {
    let mut router = Router::new();
    for route in routes() {
        router = router.route(route.path, route.handler);
    }
    router
        .layer(DefaultBodyLimit::max(API_BODY_BYTES_MAX))
        .fallback(pages::page)
        .layer(axum::middleware::from_fn(refused::as_problem))
        .layer(header_layer(header::CACHE_CONTROL, "no-store"))
        .layer(header_layer(header::CONTENT_SECURITY_POLICY, NOTHING_RUNS))
        .layer(header_layer(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header_layer(header::REFERRER_POLICY, "no-referrer"))
        .layer(header_layer(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ))
        .with_state(app)
}

fn header_layer(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Updraft",
        description = "The HTTP API of Updraft, a SOAR platform.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        session::sign_in,
        session::me,
        session::sign_out,
        session::change_password,
        intake::receive,
        events::stream,
        alerts::list,
        alerts::show,
        alerts::raw,
        cases::list,
        cases::counts,
        cases::show,
        cases::edit,
        cases::timeline,
        cases::report,
        cases::comment,
        cases::rerun,
        cases::close,
        cases::reopen,
        runs::list,
        runs::show,
        runs::step,
        runs::blob,
        runs::cancel,
        runs::replay,
        trials::compare,
        trials::make_test,
        paths::paths,
        paths::automate_next,
        trials::begin_backtest,
        trials::list_backtests,
        trials::show_backtest,
        trials::cancel_backtest,
        steering::control,
        steering::rerun,
        steering::rollback,
        steering::add_step,
        steering::signal,
        steering::signal_case,
        tasks::list,
        tasks::show,
        tasks::answer,
        observables::show,
        connectors::list,
        playbooks::exchange::read,
        playbooks::list,
        playbooks::create,
        playbooks::show,
        playbooks::save_draft,
        playbooks::discard_draft,
        playbooks::export,
        playbooks::set_inputs,
        playbooks::trial::check,
        playbooks::trial::test,
        playbooks::trial::schema,
        playbooks::trial::vocabulary,
        playbooks::versions::make,
        playbooks::versions::list,
        playbooks::versions::show,
        playbooks::versions::activate,
        playbooks::versions::roll_back,
        playbooks::versions::deactivate,
        playbooks::versions::archive,
        playbooks::versions::activations,
        playbooks::versions::diff,
        playbooks::rules::policy,
        playbooks::rules::set_policy,
        playbooks::rules::repository,
        playbooks::rules::set_repository,
        playbooks::rules::pull,
        triggers::list,
        triggers::why,
        triggers::start,
        triggers::decisions,
        triggers::buttons,
        connections::list,
        connections::create,
        connections::show,
        connections::change,
        connections::remove,
        connections::test,
        sources::list,
        sources::create,
        sources::change,
        sources::new_token,
        users::list,
        users::create,
        users::change,
        users::reset_password,
        audit::list,
        upkeep::doctor,
        upkeep::backup
    )
)]
struct Api;

/// The OpenAPI 3.1 document of everything under `/api/v1`, from the code.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = Api::openapi();
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(crate::auth::COOKIE)));
    let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
    if let Some(components) = &mut document.components {
        components.add_security_scheme("session", cookie);
        components.add_security_scheme("source_token", bearer);
    }
    document
}
