//! Every finding about a connector: its code, what it means and what to do.
//!
//! This table is the manual page (`docs/reference/lint.md`) and the list of codes that `exempt` may name.

/// A kind of finding.
#[derive(Debug)]
pub struct Rule {
    /// `UC001`.
    pub code: &'static str,
    /// A few words.
    pub title: &'static str,
    /// What it means and what to do.
    pub explain: &'static str,
    /// True when `exempt` in `connector.yaml` can switch it off: it is a warning.
    pub exemptible: bool,
}

macro_rules! rules {
    ($($name:ident $code:literal $kind:ident $title:literal $explain:literal;)*) => {
        $(
            #[doc = $title]
            pub const $name: &str = $code;
        )*
        /// All rules, by code.
        pub const RULES: &[Rule] = &[$(Rule {
            code: $code, title: $title, explain: $explain, exemptible: rules!(@$kind),
        }),*];
    };
    (@error) => { false };
    (@warning) => { true };
}

rules! {
    UNKNOWN_FIELD "UC001" error "Unknown field"
        "The format has no such field here. Usually a slip of the finger; the hint names the nearest field.";
    MISSING_FIELD "UC002" error "Missing field"
        "A field that must be there is not.";
    WRONG_TYPE "UC003" error "Wrong type"
        "The value is of another type than the field takes: a list where a text is expected, a number where a mapping is.";
    NOT_IN_LIST "UC004" error "Value outside its list"
        "The field takes one of a few words, or a number in a range.";
    BAD_NAME "UC005" error "Bad name"
        "Identifiers are `[a-z][a-z0-9_]*`, at most 64 characters; header names are HTTP tokens.";
    BAD_UNIT "UC006" error "Bad duration or size"
        "Durations are a whole number and ms, s, m, h or d; sizes a whole number and B, KiB, MiB or GiB.";
    SYNTAX "UC007" error "Template or expression that cannot be read"
        "The text between `{{` and `}}`, or the bare expression, has a syntax error at the place that is marked.";
    UNKNOWN_NAME "UC008" error "Unknown name in an expression"
        "Each place sees certain names only: requests see `input`, `settings`, `captured` and `idempotency_key`; answers see `status`, `headers`, `body`, `text` and `items` as well; verdicts also see `output`.";
    UNKNOWN_INPUT "UC009" error "Unknown input"
        "`input.x` is used and `inputs` does not declare x.";
    UNKNOWN_SETTING "UC010" error "Unknown setting"
        "`settings.x` is used and `connector.yaml` does not declare x.";
    UNKNOWN_SECRET "UC011" error "Unknown secret"
        "`secret.x` is used and `connector.yaml` does not declare x.";
    SECRET_OUTSIDE_AUTH "UC012" error "Secret outside auth"
        "Secrets exist in `auth` only, so that no request that is stored or shown can hold one. Say in `auth` where the credential goes.";
    UNKNOWN_OUTPUT "UC013" error "Unknown output"
        "`output.x` is used and `outputs` does not declare x.";
    UNKNOWN_CAPTURE "UC014" error "Unknown captured value"
        "`captured.x` is used and no step captures x.";
    CAPABILITY "UC015" error "Capability that is not kept"
        "An action that provides a capability takes its standard inputs and gives its standard outputs, so that a playbook can call it without knowing the vendor. `content/capabilities.yaml` lists them.";
    IDEMPOTENCY "UC016" error "Write without idempotency"
        "An action that changes something says what a repeated call does. `none` is an honest answer; it means that an unknown outcome needs a person.";
    UNDO "UC017" warning "Change without a way back"
        "Declare `undo` with the call that takes it back, or `undo: none`. For `contain_reversible` a call is required and this is an error.";
    UNKNOWN_ACTION "UC018" error "Unknown action"
        "`ping`, `undo`, `verify` and `find` name actions of this connector.";
    EFFECT_METHOD "UC019" error "Read action that changes"
        "An action with `effect: read` uses PUT, PATCH or DELETE. Effects decide about approvals, retries and dry runs: state the true one.";
    CACHE "UC020" error "Cached write"
        "Only the answers of `read` actions may be used again.";
    HOSTS "UC021" error "No host"
        "A request has no `base_url` to start from, or an absolute `url` and `allowed_hosts` is missing.";
    ONE_OF "UC022" error "Fields that exclude each other"
        "Exactly one of the named fields must be there.";
    BAD_INPUT "UC023" error "Input that does not fit the action"
        "The input of `ping`, `undo`, `verify` or `find` leaves out a required input or has one that the action does not declare.";
    NO_VERDICT "UC024" error "Look-up without verdict"
        "An action that provides `reputation.*` has verdict rules.";
    UNREACHABLE "UC025" error "Rule that is never reached"
        "A rule without `when` holds for everything, so the rules after it never do.";
    UNUSED "UC026" warning "Declared and not used"
        "A setting, secret or input is declared and nothing reads it.";
    METHOD_BODY "UC027" error "Body with GET"
        "GET and HEAD carry no body.";
    AMBIGUOUS_DEFAULT "UC028" error "Default or example that its own type refuses"
        "The default, the example or an element of `enum` is not of the declared type or outside the limits.";
    ID "UC029" error "Name and place differ"
        "The connector's id is its folder's name; an action's name is its file's name.";
    SAMPLES "UC030" warning "Missing sample"
        "Each action is shown and tested by the cases hit, miss (for look-ups), unauthorized, rate_limited and malformed.";
    BAD_SAMPLE "UC031" error "Sample that cannot be used"
        "It names no action, no file or an impossible body.";
    EXEMPT "UC032" error "Bad exemption"
        "`exempt` names warnings of this table, each with a reason.";
    TOO_BIG "UC033" error "Too big"
        "A document is nested too deep, or there are too many of something.";
    WILD_HOSTS "UC034" warning "Any host is allowed"
        "`allowed_hosts` holds `*`. Name the hosts.";
    PING "UC035" warning "No ping"
        "Without `ping` nobody can tell whether a connection works before an alert needs it.";
    INTERNAL "UC099" error "Not usable"
        "The document passed every check and still cannot be read. Please report it.";
}

/// The rule of that code.
pub fn rule(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code)
}

/// The table as Markdown.
pub fn markdown() -> String {
    let mut page = String::from(
        "# Lint rules of connectors\n\nGenerated from the code. A warning can be switched off with \
         `exempt: {CODE: reason}` in `connector.yaml`.\n",
    );
    for rule in RULES {
        let level = if rule.exemptible { "warning" } else { "error" };
        page.push_str(&format!(
            "\n## {} {} ({level})\n\n{}\n",
            rule.code, rule.title, rule.explain
        ));
    }
    page
}
