//! Pages: the elements collected so far, and what asks for the next ones.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Call, State, answer};
use crate::{
    action::{PAGES_DEFAULT, PageInto, PageKind, Paginate, Step as Stage},
    error::{CallError, ErrorCode},
    request::PageParams,
    templates::fuel,
    values::plain,
};

/// Most elements that one call collects.
pub const ITEMS_MAX: usize = 20_000;

/// The state of a paginated exchange.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Pages {
    /// The elements of all pages so far.
    pub items: Value,
    /// Pages read.
    turned: u32,
    /// The cursor, offset, number or address of the next page.
    next: Value,
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            items: Value::Array(Vec::new()),
            turned: 0,
            next: Value::Null,
        }
    }
}

impl Pages {
    /// Starts over for a stage with pages; other stages leave the collected elements alone.
    pub fn keeping(self, stage: &Stage) -> Self {
        if stage.paginate.is_some() {
            Self::default()
        } else {
            self
        }
    }

    /// What the next request carries beside the template.
    pub fn params(&self, paginate: &Paginate) -> PageParams {
        let mut params = PageParams {
            into: paginate.into,
            ..PageParams::default()
        };
        if let (Some(name), Some(size)) = (&paginate.limit_param, paginate.page_size) {
            params.params.push((name.clone(), size.into()));
        }
        let value = match paginate.kind {
            PageKind::NextUrl | PageKind::LinkHeader => {
                params.into = PageInto::Query;
                params.url = self.next.as_str().map(str::to_owned);
                return params;
            }
            PageKind::Cursor => self.next.clone(),
            PageKind::Offset if self.turned == 0 => paginate.start.unwrap_or(0).into(),
            PageKind::Page if self.turned == 0 => paginate.start.unwrap_or(1).into(),
            PageKind::Offset | PageKind::Page => self.next.clone(),
        };
        if let (Some(name), false) = (&paginate.param, value.is_null()) {
            params.params.push((name.clone(), value));
        }
        params
    }
}

impl Call {
    /// Takes the page's elements in; true when another page is to be asked for.
    pub(super) fn turn_page(&mut self, paginate: &Paginate) -> Result<bool, CallError> {
        let mut fuel = fuel();
        let scope = self.scope(self.last.as_ref());
        let fault = |place: &str| {
            let place = format!("paginate {place}");
            move |error: updraft_expr::Error| answer::unexpected(&place, &error)
        };
        let found = match paginate
            .items
            .eval(&scope, &mut fuel)
            .map_err(fault("items"))?
        {
            Value::Array(list) => list,
            Value::Null => Vec::new(),
            _ => return Err(answer::malformed("paginate items is not a list", "")),
        };
        let stop = match &paginate.stop_when {
            Some(condition) => condition
                .holds(&scope, &mut fuel)
                .map_err(fault("stop_when"))?,
            None => false,
        };
        let named = match (&paginate.cursor, &paginate.next) {
            (Some(template), _) => template.eval(&scope, &mut fuel).map_err(fault("cursor"))?,
            (None, Some(template)) => template.eval(&scope, &mut fuel).map_err(fault("next"))?,
            (None, None) => Value::Null,
        };
        let short = found.is_empty()
            || paginate
                .page_size
                .is_some_and(|size| (found.len() as u64) < size);
        let position = match &self.pages.next {
            Value::Number(number) => number.as_u64(),
            _ => paginate.start,
        };
        let next = match paginate.kind {
            PageKind::Cursor | PageKind::NextUrl => named,
            PageKind::LinkHeader => self.linked(),
            PageKind::Offset if !short => {
                (position.unwrap_or(0).saturating_add(found.len() as u64)).into()
            }
            PageKind::Page if !short => position.unwrap_or(1).saturating_add(1).into(),
            PageKind::Offset | PageKind::Page => Value::Null,
        };
        self.pages.turned += 1;
        if let Value::Array(items) = &mut self.pages.items {
            if items.len() + found.len() > ITEMS_MAX {
                return Err(CallError::new(
                    ErrorCode::Failed,
                    format!("the product gave more than {ITEMS_MAX} elements"),
                ));
            }
            items.extend(found);
        }
        let ended = stop
            || plain(&next).is_empty()
            // The same name again would go round for ever.
            || next == self.pages.next
            || self.pages.turned >= paginate.max_pages.unwrap_or(PAGES_DEFAULT);
        self.pages.next = next;
        if !ended {
            self.state = State::Send;
        }
        Ok(!ended)
    }

    /// `Link: <address>; rel="next"`.
    fn linked(&self) -> Value {
        let header = self
            .last
            .as_ref()
            .and_then(|answer| answer.headers.get("link"))
            .and_then(Value::as_str)
            .unwrap_or_default();
        for link in header.split('<').skip(1) {
            let Some((address, rest)) = link.split_once('>') else {
                continue;
            };
            let params = rest.split(',').next().unwrap_or_default();
            if params
                .split(';')
                .any(|param| matches!(param.trim(), "rel=\"next\"" | "rel=next"))
            {
                return address.into();
            }
        }
        Value::Null
    }
}
