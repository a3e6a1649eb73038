//! Content as it ships, and content as people get it wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cacao;
mod docs;
mod fuzz;
mod hostile;
mod mistakes;
mod pages;
mod recordings;
mod rules;
mod schema;
mod shipped;
mod torture;
mod trials;
mod trigger_page;

/// Files of a folder from texts.
pub fn files(list: &[(&str, &str)]) -> updraft_content::Files {
    list.iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect()
}

/// The scaffold as bytes.
pub fn scaffold() -> updraft_content::Files {
    let files = updraft_content::scaffold("acme");
    files
        .into_iter()
        .map(|(path, text)| (path, text.into_bytes()))
        .collect()
}
