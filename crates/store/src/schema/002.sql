CREATE TABLE playbooks (
    tenant INTEGER NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, live INTEGER, draft BLOB,
    body TEXT NOT NULL, PRIMARY KEY (tenant, id)) WITHOUT ROWID;
CREATE TABLE playbook_versions (
    tenant INTEGER NOT NULL, playbook TEXT NOT NULL, number INTEGER NOT NULL, digest BLOB NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (tenant, playbook, number)) WITHOUT ROWID;
CREATE TABLE playbook_activations (
    seq INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, playbook TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX playbook_activations_of ON playbook_activations (tenant, playbook, seq);
CREATE TABLE run_counters (
    tenant INTEGER NOT NULL, day INTEGER NOT NULL, playbook TEXT NOT NULL, cell INTEGER NOT NULL,
    n INTEGER NOT NULL, last_at INTEGER NOT NULL, last_run BLOB NOT NULL,
    PRIMARY KEY (tenant, day, playbook, cell)) WITHOUT ROWID;
