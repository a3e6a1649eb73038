//! `updraft`: the one binary. Thin: it reads arguments, asks the application or a running server, prints.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod admin;
mod bench;
mod content;
mod exchange;
mod keep;
mod observe;
mod output;
mod remote;
mod serve;
mod starts;
mod steer;
mod trials;
mod trust;
mod work;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

/// Security orchestration, automation and response in one binary.
#[derive(Debug, Parser)]
#[command(name = "updraft", version, propagate_version = true)]
struct Cli {
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

/// Where the running server is.
#[derive(Debug, Clone, Args)]
struct Server {
    /// The data folder of a server on this machine.
    #[arg(long, env = "UPDRAFT_DATA", default_value = "data")]
    data: PathBuf,
    /// The address of the server, if it is another one.
    #[arg(long, env = "UPDRAFT_URL")]
    url: Option<String>,
    /// An API token for that server.
    #[arg(long, env = "UPDRAFT_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server.
    Serve(serve::ServeArgs),
    /// Hand in alerts from a file or standard input.
    Ingest(work::IngestArgs),
    /// Find observables in a text.
    Observe(observe::ObserveArgs),
    /// Look at cases and work on them.
    #[command(subcommand)]
    Case(work::CaseCommand),
    /// Look at runs, steer them and prove them.
    #[command(subcommand)]
    Run(work::RunCommand),
    /// What runs ask of people, and the answers.
    #[command(subcommand)]
    Task(steer::TaskCommand),
    /// Check, try and start connectors.
    #[command(subcommand)]
    Connector(content::ConnectorCommand),
    /// Write, check, test and keep playbooks.
    #[command(subcommand)]
    Playbook(content::PlaybookCommand),
    /// The paths that runs of cases of one type really took.
    Paths(trust::PathsArgs),
    /// Decisions of people that hardly ever varied, and what to write instead.
    AutomateNext(trust::AutomateArgs),
    /// Intakes and their tokens.
    #[command(subcommand)]
    Source(admin::SourceCommand),
    /// Configured products.
    #[command(subcommand)]
    Connection(admin::ConnectionCommand),
    /// Secrets of connections, and the key that seals them.
    #[command(subcommand)]
    Secret(admin::SecretCommand),
    /// Accounts.
    #[command(subcommand)]
    User(admin::UserCommand),
    /// Measure this machine: extraction, durable writes.
    Bench(bench::BenchArgs),
    /// Look for what keeps an installation from working.
    Doctor(Server),
    /// Copy the database into a file while everything goes on.
    Backup(admin::BackupArgs),
    /// Put a backup into an empty data folder.
    Restore(admin::RestoreArgs),
    /// Write the generated documents: OpenAPI, schemas, reference pages.
    Docs(content::DocsArgs),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: no threads could be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(run(cli));
    // A request that hangs must not keep the process from ending.
    runtime.shutdown_timeout(std::time::Duration::from_secs(3));
    match outcome {
        Ok(code) => code,
        // Whoever reads the output has seen enough of it.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let json = cli.json;
    match cli.command {
        Command::Serve(args) => serve::serve(args).await,
        Command::Ingest(args) => work::ingest(args, json).await,
        Command::Observe(args) => observe::observe(args, json),
        Command::Case(command) => work::case(command, json).await,
        Command::Run(command) => work::run(command, json).await,
        Command::Task(command) => steer::task(command, json).await,
        Command::Connector(command) => content::connector(command, json).await,
        Command::Playbook(command) => content::playbook(command, json).await,
        Command::Paths(args) => trust::paths(args, json).await,
        Command::AutomateNext(args) => trust::automate_next(args, json).await,
        Command::Source(command) => admin::source(command, json).await,
        Command::Connection(command) => admin::connection(command, json).await,
        Command::Secret(command) => admin::secret(command, json).await,
        Command::User(command) => admin::user(command, json).await,
        Command::Bench(args) => bench::bench(args, json).await,
        Command::Doctor(server) => admin::doctor(server, json).await,
        Command::Backup(args) => admin::backup(args, json).await,
        Command::Restore(args) => admin::restore(args, json),
        Command::Docs(args) => content::docs(args),
    }
}
