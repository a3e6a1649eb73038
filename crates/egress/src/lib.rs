//! Every socket that Updraft opens.

mod address;
mod body;
mod breaker;
mod failure;
mod guard;
mod http;
mod limiter;
mod link;
mod options;
mod scrub;
mod whois;
