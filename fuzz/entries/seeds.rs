//! The packed seeds of a target, for the test that replays them with the stable compiler.

use std::{fs, path::Path};

/// Gives every seed of `target` to `check`; the name of one that fails is printed before it fails.
#[allow(clippy::print_stdout)] // A test shows it only when it fails.
pub fn replay(target: &str, check: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/seeds")
        .join(target);
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "there are seeds");
    for file in files {
        println!("{}", file.display());
        check(&fs::read(&file).unwrap());
    }
}
