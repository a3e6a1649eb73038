//! A connector's folder from anybody: lint and test give diagnostics, never a panic.

/// Panics when something that must hold does not.
pub fn check(data: &[u8]) {
    // The first byte says which file of a good folder the rest replaces.
    let Some((which, text)) = data.split_first() else {
        return;
    };
    let mut files: updraft_content::Files = updraft_content::scaffold("acme")
        .into_iter()
        .map(|(path, text)| (path, text.into_bytes()))
        .collect();
    let count = files.len();
    if let Some(bytes) = files.values_mut().nth(usize::from(*which) % count) {
        *bytes = text.to_vec();
    }
    for found in updraft_content::lint_connector(&files) {
        let _ = found.to_string();
    }
    let _ = updraft_content::test_connector(&files);
}
