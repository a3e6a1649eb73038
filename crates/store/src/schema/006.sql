CREATE TABLE wishes (
    seq INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, run BLOB NOT NULL, id BLOB NOT NULL, body TEXT NOT NULL);
CREATE UNIQUE INDEX wishes_run ON wishes (tenant, run, id);
INSERT INTO wishes (tenant, run, id, body)
    SELECT tenant, run, run, '{"input":"cancel",' || substr(body, 2) FROM cancels;
DROP TABLE cancels;
CREATE TABLE tasks (
    seq INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, id BLOB NOT NULL, run BLOB NOT NULL,
    path TEXT NOT NULL, attempt INTEGER NOT NULL, case_id BLOB NOT NULL, kind INTEGER NOT NULL,
    state INTEGER NOT NULL, for_whom TEXT NOT NULL, body TEXT NOT NULL);
CREATE UNIQUE INDEX tasks_id ON tasks (tenant, id);
CREATE UNIQUE INDEX tasks_step ON tasks (tenant, run, path, attempt);
CREATE INDEX tasks_case ON tasks (tenant, case_id, seq);
CREATE INDEX tasks_open ON tasks (tenant, seq) WHERE state = 0;
ALTER TABLE runs ADD COLUMN watches INTEGER NOT NULL DEFAULT 0;
