CREATE TABLE backtests (
    tenant INTEGER NOT NULL, id BLOB NOT NULL, playbook TEXT NOT NULL, state INTEGER NOT NULL,
    created_at INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, id)) WITHOUT ROWID;
CREATE INDEX backtests_of ON backtests (tenant, playbook, id);
CREATE INDEX backtests_open ON backtests (state) WHERE state < 2;
CREATE TABLE paths_owed (
    tenant INTEGER NOT NULL, run BLOB NOT NULL, PRIMARY KEY (tenant, run)) WITHOUT ROWID;
CREATE TABLE run_paths (
    tenant INTEGER NOT NULL, run BLOB NOT NULL, case_type TEXT NOT NULL, day INTEGER NOT NULL,
    hash BLOB NOT NULL, deviations INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (tenant, run)) WITHOUT ROWID;
CREATE INDEX run_paths_deviating ON run_paths (tenant, case_type, run) WHERE deviations > 0;
CREATE TABLE path_steps (
    tenant INTEGER NOT NULL, hash BLOB NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, hash)) WITHOUT ROWID;
CREATE TABLE path_counters (
    tenant INTEGER NOT NULL, case_type TEXT NOT NULL, day INTEGER NOT NULL, playbook TEXT NOT NULL, hash BLOB NOT NULL,
    cell INTEGER NOT NULL, n INTEGER NOT NULL, last_at INTEGER NOT NULL, last_run BLOB NOT NULL,
    PRIMARY KEY (tenant, case_type, day, playbook, hash, cell)) WITHOUT ROWID;
CREATE TABLE human_decisions (
    tenant INTEGER NOT NULL, run BLOB NOT NULL, place INTEGER NOT NULL, day INTEGER NOT NULL, playbook TEXT NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (tenant, run, place)) WITHOUT ROWID;
CREATE INDEX human_decisions_day ON human_decisions (tenant, day);
