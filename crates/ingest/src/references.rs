//! Addresses that explain an alert instead of belonging to it.
//!
//! Alerts link to the technique they saw, the weakness they exploit and the console that shows them.
//! The hosts are an exclusion list, `reference`, that callers put beside their own; values found on it
//! by extraction are dropped, values that a mapping or a person names are kept and marked. The keys are
//! those whose values are links and versions, never evidence.

use updraft_intel::ExclusionList;

/// The name of the list.
pub const REFERENCE: &str = "reference";

const HOSTS: &[&str] = &[
    "attack.mitre.org",
    "capec.mitre.org",
    "cve.mitre.org",
    "cve.org",
    "cwe.mitre.org",
    "nvd.nist.gov",
    "owasp.org",
    "cisecurity.org",
    "first.org",
    "w3.org",
    "schemas.microsoft.com",
    "schemas.xmlsoap.org",
    "json-schema.org",
    "docs.aws.amazon.com",
    "console.aws.amazon.com",
    "learn.microsoft.com",
    "docs.microsoft.com",
    "portal.azure.com",
    "security.microsoft.com",
    "securitycenter.windows.com",
    "graph.microsoft.com",
    "sns.amazonaws.com",
    "doc.emergingthreats.net",
    "docs.suricata.io",
    "docs.panther.com",
    "sigmahq.io",
];

/// Keys whose values are links, versions and identifiers of the sender, compared without case and punctuation.
const SKIPPED_KEYS: &[&str] = &[
    "reference",
    "references",
    "referenceurl",
    "ref",
    "refs",
    "self",
    "htmlurl",
    "apiurl",
    "schema",
    "schemaurl",
    "odatacontext",
    "odatatype",
    "odataid",
    "resultslink",
    "resultlink",
    "generatorurl",
    "dashboardurl",
    "panelurl",
    "silenceurl",
    "externalurl",
    "consolelink",
    "consoleurl",
    "incidenturl",
    "alerturl",
    "alertweburl",
    "incidentweburl",
    "alertlink",
    "falconhostlink",
    "upwindconsolelink",
    "signingcerturl",
    "unsubscribeurl",
    "subscribeurl",
    "documentationurl",
    "docurl",
    "docs",
    "helpurl",
    "runbook",
    "runbookurl",
    "remediationurl",
    "avatarurl",
    "iconurl",
    "imageurl",
    "logourl",
    "useragent",
    "rawuseragent",
    "httpuseragent",
    "version",
    "versions",
    "productversion",
    "agentversion",
    "schemaversion",
    "osversion",
    "deviceversion",
    "appversion",
    "clientversion",
    "sensorversion",
    "colour",
    "color",
    "uuid",
    "guid",
    "etag",
];

/// The exclusion list of hosts that explain alerts; an entry covers the hosts below it.
pub fn reference_list() -> ExclusionList {
    ExclusionList {
        name: REFERENCE.to_owned(),
        entries: HOSTS.iter().map(|host| (*host).to_owned()).collect(),
    }
}

/// True for a key, brought to letters and digits, whose value is not searched.
pub(crate) fn is_skipped(key: &str) -> bool {
    SKIPPED_KEYS.contains(&key)
}
