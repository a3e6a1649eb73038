CREATE TABLE tenants (
    tenant_no INTEGER NOT NULL UNIQUE, id BLOB NOT NULL UNIQUE,
    next_number INTEGER NOT NULL, audit_seq INTEGER NOT NULL, audit_hash BLOB NOT NULL);
CREATE TABLE case_types (type_no INTEGER NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE);

CREATE TABLE alerts (
    seq INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, id BLOB NOT NULL, state INTEGER NOT NULL,
    severity INTEGER NOT NULL, case_id BLOB, body TEXT NOT NULL);
CREATE UNIQUE INDEX alerts_id ON alerts (tenant, id);
CREATE INDEX alerts_inbox ON alerts (severity DESC, seq) WHERE state = 0;
CREATE INDEX alerts_case ON alerts (tenant, case_id, id) WHERE case_id IS NOT NULL;

CREATE TABLE cases (
    seq INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, id BLOB NOT NULL, number INTEGER NOT NULL,
    version INTEGER NOT NULL, cell INTEGER NOT NULL, occurrences INTEGER NOT NULL,
    opened_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, owner TEXT, parent BLOB,
    dedup_key TEXT NOT NULL, words_digest INTEGER NOT NULL, observable_count INTEGER NOT NULL,
    body TEXT NOT NULL, observables TEXT);
CREATE UNIQUE INDEX cases_id ON cases (tenant, id);
CREATE UNIQUE INDEX cases_number ON cases (tenant, number);
CREATE UNIQUE INDEX cases_key ON cases (tenant, dedup_key) WHERE dedup_key <> '';
CREATE INDEX cases_cell ON cases (cell, updated_at, id);
CREATE INDEX cases_opened ON cases (tenant, opened_at, id);
CREATE INDEX cases_owner ON cases (tenant, owner, updated_at, id) WHERE owner IS NOT NULL;
CREATE INDEX cases_parent ON cases (tenant, parent) WHERE parent IS NOT NULL;
CREATE TABLE case_counters (cell INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (cell)) WITHOUT ROWID;
CREATE TABLE case_observables (
    tenant INTEGER NOT NULL, key BLOB NOT NULL, case_seq INTEGER NOT NULL,
    PRIMARY KEY (tenant, key, case_seq)) WITHOUT ROWID;
CREATE TABLE timeline (
    seq INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, case_id BLOB NOT NULL, body TEXT NOT NULL);
CREATE INDEX timeline_case ON timeline (tenant, case_id, seq);

CREATE TABLE runs (
    seq INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, id BLOB NOT NULL, case_id BLOB NOT NULL,
    state INTEGER NOT NULL, priority INTEGER NOT NULL, wake_at INTEGER, created_at INTEGER NOT NULL,
    ended_at INTEGER, body TEXT NOT NULL);
CREATE UNIQUE INDEX runs_id ON runs (tenant, id);
CREATE INDEX runs_case ON runs (tenant, case_id, seq);
CREATE INDEX runs_open ON runs (wake_at) WHERE state < 3;
CREATE INDEX runs_queued ON runs (tenant, case_id, seq) WHERE state = 0;
CREATE TABLE journal (
    tenant INTEGER NOT NULL, run BLOB NOT NULL, first_seq INTEGER NOT NULL, n INTEGER NOT NULL,
    body BLOB NOT NULL, PRIMARY KEY (tenant, run, first_seq)) WITHOUT ROWID;
CREATE TABLE answers (
    seq INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, case_id BLOB NOT NULL, run BLOB NOT NULL,
    body BLOB NOT NULL);
CREATE INDEX answers_case ON answers (tenant, case_id, run);
CREATE TABLE effects (
    tenant INTEGER NOT NULL, key TEXT NOT NULL, run BLOB NOT NULL, at INTEGER NOT NULL, result BLOB,
    PRIMARY KEY (tenant, key)) WITHOUT ROWID;
CREATE INDEX effects_run ON effects (tenant, run);
CREATE TABLE tickets (
    tenant INTEGER NOT NULL, case_id BLOB NOT NULL, purpose TEXT NOT NULL, state INTEGER NOT NULL,
    external_id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, case_id, purpose)) WITHOUT ROWID;
CREATE TABLE reports (
    tenant INTEGER NOT NULL, case_id BLOB NOT NULL, run BLOB NOT NULL, format TEXT NOT NULL,
    blob_hash BLOB NOT NULL, PRIMARY KEY (tenant, case_id, run, format)) WITHOUT ROWID;
CREATE INDEX reports_blob ON reports (tenant, blob_hash);

CREATE TABLE blobs (
    seq INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, hash BLOB NOT NULL, put_ms INTEGER NOT NULL,
    body BLOB NOT NULL);
CREATE UNIQUE INDEX blobs_hash ON blobs (tenant, hash);
CREATE TABLE content_versions (
    tenant INTEGER NOT NULL, digest BLOB NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    body BLOB NOT NULL, PRIMARY KEY (tenant, digest)) WITHOUT ROWID;
CREATE TABLE audit (
    tenant INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant, seq)) WITHOUT ROWID;

CREATE TABLE users (
    tenant INTEGER NOT NULL, id BLOB NOT NULL, name TEXT NOT NULL, password_hash TEXT, body TEXT NOT NULL,
    PRIMARY KEY (tenant, id), UNIQUE (tenant, name)) WITHOUT ROWID;
CREATE TABLE sessions (
    hash BLOB NOT NULL, tenant INTEGER NOT NULL, user_id BLOB NOT NULL, expires_at INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (hash)) WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (tenant, user_id);
CREATE TABLE tokens (
    hash BLOB NOT NULL, tenant INTEGER NOT NULL, id BLOB NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (hash), UNIQUE (tenant, id)) WITHOUT ROWID;
CREATE TABLE sources (
    tenant INTEGER NOT NULL, id BLOB NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant, id), UNIQUE (tenant, name)) WITHOUT ROWID;
CREATE TABLE connections (
    tenant INTEGER NOT NULL, id BLOB NOT NULL, name TEXT NOT NULL, sealed BLOB, body TEXT NOT NULL,
    PRIMARY KEY (tenant, id), UNIQUE (tenant, name)) WITHOUT ROWID;
CREATE TABLE settings (
    tenant INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (tenant, name)) WITHOUT ROWID;
CREATE TABLE sweep_marks (name TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (name)) WITHOUT ROWID;
