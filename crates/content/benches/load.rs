//! Reading the whole content folder, as every start of the server does.

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 20)]
fn load_everything(bencher: divan::Bencher<'_, '_>) {
    let files = updraft_content::embedded();
    bencher.bench(|| updraft_content::load(&files));
}

#[divan::bench(sample_count = 20)]
fn replay_book(bencher: divan::Bencher<'_, '_>) {
    let (library, _) = updraft_content::load(&updraft_content::embedded());
    bencher.bench(|| library.replay_book());
}

#[divan::bench]
fn replay_answer(bencher: divan::Bencher<'_, '_>) {
    let (library, _) = updraft_content::load(&updraft_content::embedded());
    let book = library.replay_book();
    bencher.bench(|| {
        book.answer(
            "virustotal",
            "GET",
            "/api/v3/ip_addresses/138.128.150.133",
            b"",
        )
    });
}
