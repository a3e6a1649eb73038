//! What the fuzzers start from, and what they found, again with the stable compiler.

use crate::content::Intake;

#[path = "../../../../fuzz/entries/alert.rs"]
mod alert;
#[path = "../../../../fuzz/entries/mail.rs"]
mod mail;
#[path = "../../../../fuzz/entries/seeds.rs"]
mod seeds;

#[test]
fn every_packed_request_is_survived() {
    let intake = Intake::shipped();
    seeds::replay("alert", |data| alert::check(&intake.mappings, data));
}

#[test]
fn every_packed_mail_is_survived() {
    seeds::replay("mail", mail::check);
}
