//! The fake vendors as a program of their own: crash tests and benches kill the product, not the vendors.
//!
//! `vendor_server --port 9000 --content content --fault "POST /jira lost every=20"`
//! Each connector with samples answers under `/<id>`; a Jira that remembers is at `/jira`. Counters:
//! `GET /__stats`, and `GET /jira/__jira` for issues per label. The first line of output is the address.

#![allow(clippy::print_stdout)]

use std::{path::Path, process::ExitCode, sync::Arc, time::Duration};

use updraft_connector::replay::ReplayBook;
use updraft_content::Files;
use updraft_testkit::vendor::{Jira, Mounts, Replay, Rule, Server, Whois};

const USAGE: &str = "vendor_server [--port N] [--whois-port N] [--threads N] [--content DIR] \
    [--index-lag MS] [--fault 'METHOD PATH FAULT [every=N] [times=N]']...";

#[derive(Default)]
struct Arguments {
    port: u16,
    whois_port: Option<u16>,
    threads: usize,
    content: Option<String>,
    index_lag: u64,
    faults: Vec<Rule>,
}

fn main() -> ExitCode {
    match arguments().and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}\n{USAGE}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Result<Arguments, String> {
    let mut found = Arguments {
        threads: 1,
        ..Arguments::default()
    };
    let mut words = std::env::args().skip(1);
    while let Some(name) = words.next() {
        let value = words
            .next()
            .ok_or_else(|| format!("{name} needs a value"))?;
        let number = || {
            value
                .parse::<u64>()
                .map_err(|_| format!("{name}: `{value}` is not a number"))
        };
        let port = || {
            value
                .parse::<u16>()
                .map_err(|_| format!("{name}: `{value}` is not a port"))
        };
        match name.as_str() {
            "--port" => found.port = port()?,
            "--whois-port" => found.whois_port = Some(port()?),
            "--threads" => found.threads = usize::try_from(number()?).unwrap_or(1),
            "--content" => found.content = Some(value),
            "--index-lag" => found.index_lag = number()?,
            "--fault" | "--faults" => {
                for rule in value.split(';').filter(|rule| !rule.trim().is_empty()) {
                    found.faults.push(rule.parse()?);
                }
            }
            _ => return Err(format!("`{name}` is not known")),
        }
    }
    Ok(found)
}

fn run(arguments: Arguments) -> Result<(), String> {
    let book = match &arguments.content {
        Some(folder) => book(Path::new(folder))?,
        None => ReplayBook::default(),
    };
    let connectors: Vec<String> = book.connectors().map(str::to_owned).collect();
    let book = Arc::new(book);
    let jira = Arc::new(Jira::default());
    jira.index_lag(Duration::from_millis(arguments.index_lag));
    let mounts = Mounts::default()
        .with("/jira", jira)
        .with("/", Arc::new(Replay(book.clone())));
    let server = Server::start_on(arguments.port, arguments.threads, Arc::new(mounts))
        .map_err(|error| format!("cannot listen: {error}"))?;
    server.keep_log(false);
    for rule in arguments.faults {
        server.fault(rule);
    }
    println!("{}", server.url(""));
    println!(
        "replaying {} connectors: {}",
        connectors.len(),
        connectors.join(" ")
    );
    let _whois = match arguments.whois_port {
        None => None,
        Some(port) => {
            let answer = move |query: &str| {
                book.answer_whois(query)
                    .map_or_else(|| b"No match.\r\n".to_vec(), |found| found.body.to_vec())
            };
            let whois =
                Whois::start_on(port, answer).map_err(|error| format!("cannot listen: {error}"))?;
            println!("{}", whois.url());
            Some(whois)
        }
    };
    loop {
        std::thread::park();
    }
}

fn book(folder: &Path) -> Result<ReplayBook, String> {
    let mut files = Files::new();
    gather(folder, folder, &mut files)?;
    let (library, problems) = updraft_content::load(&files);
    for problem in problems.iter().take(20) {
        eprintln!("{problem}");
    }
    Ok(library.replay_book())
}

fn gather(root: &Path, folder: &Path, files: &mut Files) -> Result<(), String> {
    let unreadable = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            gather(root, &path, files)?;
        } else if let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str) {
            files.insert(
                name.replace('\\', "/"),
                std::fs::read(&path).map_err(unreadable)?,
            );
        }
    }
    Ok(())
}
