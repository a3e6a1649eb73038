//! `updraft serve`: open everything, start the drivers, listen, and come to rest on request.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use updraft_app::{App, Config, setup};
use updraft_server::{Listening, replay};

use crate::{output, remote::Local};

/// How long requests that are under way may take after a stop was asked for.
const GRACE: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, env = "UPDRAFT_LISTEN", default_value = "127.0.0.1:8080")]
    listen: String,
    /// The data folder.
    #[arg(long, env = "UPDRAFT_DATA", default_value = "data")]
    data: PathBuf,
    /// A PostgreSQL database instead of the embedded one.
    #[arg(long, env = "UPDRAFT_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// A folder with connectors, playbooks and mappings over the built-in ones.
    #[arg(long, env = "UPDRAFT_CONTENT")]
    content: Option<PathBuf>,
    /// How people reach this server; used in links.
    #[arg(long, env = "UPDRAFT_PUBLIC_URL")]
    public_url: Option<String>,
    /// Own domains and networks, never looked up outside. Can be given several times.
    #[arg(long, env = "UPDRAFT_OWN", value_delimiter = ',')]
    own: Vec<String>,
    /// Private networks or hosts that every connection may reach. Can be given several times.
    #[arg(long, env = "UPDRAFT_ALLOW_PRIVATE", value_delimiter = ',')]
    allow_private: Vec<String>,
    /// The proxy for everything that goes out.
    #[arg(long, env = "UPDRAFT_PROXY")]
    proxy: Option<String>,
    /// Largest body of one delivery, bytes.
    #[arg(long, default_value_t = Config::default().intake_bytes_max)]
    intake_bytes_max: usize,
    /// Runs that work at the same time.
    #[arg(long, default_value_t = Config::default().runs_active_max)]
    runs_active_max: usize,
    /// Runs that may wait for their turn before intake answers "try again later".
    #[arg(long, default_value_t = Config::default().backlog_max)]
    backlog_max: usize,
    /// With recorded vendors and a few real alerts to look at.
    #[arg(long)]
    demo: bool,
}

pub async fn serve(args: ServeArgs) -> anyhow::Result<ExitCode> {
    start_log();
    let listening = Listening::on(&args.listen)
        .await
        .map_err(|error| anyhow::anyhow!("{} cannot be listened on: {error}", args.listen))?;
    let address = listening.address;
    let url = args
        .public_url
        .clone()
        .unwrap_or_else(|| local_url(address));
    let opening = opening(&args, url.trim_end_matches('/').to_owned());
    let (app, drivers, first) = App::open(opening).await?;
    for problem in &first.content_problems {
        tracing::warn!("{problem}");
    }
    let token = app.local_token();
    Local {
        url: local_url(address),
        token,
    }
    .leave(&args.data)?;
    // The demo's connections must stand before runs of an earlier start are taken up.
    let demo = if args.demo {
        Some(connect_demo(&app).await?)
    } else {
        None
    };
    drivers.start().await?;
    // A line that cannot be printed, into a file on a full disk say, does not keep the server from its work.
    if let Err(error) = greet(&url, first.admin_password.as_deref()) {
        tracing::warn!(error = %error, "Listens on {url}, which could not be printed");
    }
    if let Some(token) = demo {
        show_demo(&app, &url, &token).await?;
    }
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut asked = stopped.clone();
    let serving = tokio::spawn(updraft_server::serve(app.clone(), listening, async move {
        let _ = asked.wait_for(|asked| *asked).await;
    }));
    wait_for_signal().await;
    tracing::info!("Coming to rest");
    app.stop();
    let _ = stop.send(true);
    // Event streams never end by themselves.
    let _ = tokio::time::timeout(GRACE, serving).await;
    app.close().await;
    Local::take_away(&args.data);
    Ok(ExitCode::SUCCESS)
}

fn opening(args: &ServeArgs, public_url: String) -> setup::Opening {
    setup::Opening {
        config: Config {
            data: args.data.clone(),
            public_url,
            intake_bytes_max: args.intake_bytes_max,
            runs_active_max: args.runs_active_max,
            backlog_max: args.backlog_max,
            own: args.own.clone(),
        },
        database: args.database.clone(),
        content: args.content.clone(),
        key: std::env::var("UPDRAFT_KEY").ok(),
        outside: setup::Outside {
            allow_private: args.allow_private.clone(),
            proxy: args.proxy.clone(),
        },
    }
}

fn greet(url: &str, admin_password: Option<&str>) -> anyhow::Result<()> {
    output::line(format!("Updraft listens on {url}"))?;
    if let Some(password) = admin_password {
        output::line("")?;
        output::line(format!("  sign in as     {}", setup::FIRST_ADMIN))?;
        output::line(format!("  one-time password  {password}"))?;
        output::line("")?;
    }
    Ok(())
}

/// Starts the recorded vendors and connects them; answers the token of the demo's source.
async fn connect_demo(app: &App) -> anyhow::Result<String> {
    let replay = replay::start(app.recordings()).await?;
    let (http, whois) = (replay.http.to_string(), replay.whois.to_string());
    Ok(app.set_up_demo(&http, &whois).await?)
}

async fn show_demo(app: &App, url: &str, token: &str) -> anyhow::Result<()> {
    app.feed_demo(updraft_app::demo::ALERTS).await?;
    output::line("Demo: the vendors are recordings of the real ones. Try:")?;
    output::line("")?;
    for example in updraft_app::demo::EXAMPLES {
        output::line(format!(
            "  curl -sS {url}/api/v1/sources/{}/alerts -H 'Authorization: Bearer {token}' -d '{example}'",
            updraft_app::demo::SOURCE
        ))?;
    }
    output::line("")?;
    output::line(format!("and look at {url}/cases")).map_err(Into::into)
}

fn local_url(address: SocketAddr) -> String {
    match address.ip().is_unspecified() {
        true => format!("http://127.0.0.1:{}", address.port()),
        false => format!("http://{address}"),
    }
}

fn start_log() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("UPDRAFT_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // A log line that cannot be written (the disk may be full) would be reported on stderr, which then
        // panics in whatever thread was logging: the store's writer, for one.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    if std::env::var("UPDRAFT_LOG_FORMAT").is_ok_and(|format| format == "json") {
        log.json().init();
    } else {
        log.init();
    }
}

async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
