//! Identifiers: `type--uuid`, made of names so that the same playbook always gets the same.

use uuid::Uuid;

/// The name space of everything that Updraft names in CACAO documents.
const SPACE: Uuid = Uuid::from_u128(0x7b1c_6d1e_5f0a_5d4b_9c3e_2a6f_84d0_13c7);

/// `kind--` and a version 5 UUID of `name`.
pub(super) fn id(kind: &str, name: &str) -> String {
    format!(
        "{kind}--{}",
        Uuid::new_v5(&SPACE, format!("{kind}/{name}").as_bytes())
    )
}

/// The CACAO identifier of a playbook of ours.
pub fn playbook_id(id: &str) -> String {
    self::id("playbook", id)
}

/// What stands before the `--` of an identifier.
pub(super) fn kind_of(id: &str) -> &str {
    id.split_once("--").map_or("", |(kind, _)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_gives_the_same_identifier() {
        assert_eq!(playbook_id("phishing"), playbook_id("phishing"));
        assert_ne!(playbook_id("phishing"), playbook_id("malware"));
        assert_eq!(kind_of(&playbook_id("phishing")), "playbook");
    }
}
