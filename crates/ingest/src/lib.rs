//! Bytes become alerts.
//!
//! A request is taken apart ([`split()`]: batches, kinds), a document that its mapping calls a list is taken
//! apart once more ([`Mappings::expand`]), and each item becomes one alert's content ([`Mappings::normalize`]):
//! title, severity, time, fields, observables, files, and the key by which its case is found.
//!
//! What holds, whatever the bytes are:
//! * nothing panics, recurses without a bound or takes more than a few copies of the input as memory;
//! * a request is refused as a whole, with a code and a place, only when it is empty, too large, too deep or too
//!   many ([`Rejected`]); anything else becomes an alert, and what was not understood is in its diagnostics;
//! * the raw bytes are never changed, and the same bytes, mapping and `now` give the same alert.
//!
//! A mapping ([`Mapping`]) is data and only says what differs from what is found by looking: the standard
//! mapping says nothing at all.

mod html;
mod json;
mod levels;
pub mod limits;
mod logs;
mod mail;
mod mapping;
mod mappings;
mod moments;
mod normalize;
mod observables;
mod reading;
mod references;
mod split;
mod standard;
mod text;

pub use limits::{Limits, Place, Rejected};
pub use mail::Attachment;
pub use mapping::Mapping;
pub use mappings::Mappings;
pub use normalize::{Normalized, normalize};
pub use references::{REFERENCE, reference_list};
pub use split::{Item, Kind, split};
