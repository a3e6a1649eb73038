DROP INDEX runs_open;
ALTER TABLE runs ADD COLUMN slot TEXT;
ALTER TABLE runs ADD COLUMN aside INTEGER;
CREATE INDEX runs_at_work ON runs (seq) WHERE state < 2;
CREATE INDEX runs_asleep ON runs (wake_at, id, case_id, tenant, priority, aside, watches, created_at) WHERE state = 2;
CREATE INDEX runs_slot ON runs (tenant, slot) WHERE slot IS NOT NULL AND state < 3;
CREATE TABLE schedules (
    tenant INTEGER NOT NULL, playbook TEXT NOT NULL, key TEXT NOT NULL, due_at INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (tenant, playbook, key)) WITHOUT ROWID;
CREATE TABLE decisions (
    seq INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, playbook TEXT NOT NULL, alert BLOB, case_id BLOB,
    at INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX decisions_playbook ON decisions (tenant, playbook, seq);
CREATE INDEX decisions_alert ON decisions (tenant, alert, seq) WHERE alert IS NOT NULL;
CREATE INDEX decisions_case ON decisions (tenant, case_id, seq) WHERE case_id IS NOT NULL;
