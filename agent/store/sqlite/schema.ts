// The tables of the SQLite home, and how older ones become today's. Documented for others in docs/store.md.

/** Each step brings a database from the version before to its own: version 1 is the first. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    sensor TEXT NOT NULL,
    version TEXT NOT NULL,
    input TEXT NOT NULL,
    kind TEXT NOT NULL,
    began REAL NOT NULL,
    ended REAL,
    window_width REAL,
    origin REAL,
    summary TEXT
  ) STRICT;
  CREATE TABLE records (
    run INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    kind TEXT NOT NULL,
    ts REAL NOT NULL,
    uid TEXT,
    profile TEXT,
    peer TEXT,
    window INTEGER NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX records_by_profile ON records (profile, ts);
  CREATE INDEX records_by_peer ON records (peer, ts) WHERE peer IS NOT NULL;
  CREATE INDEX records_by_uid ON records (uid) WHERE uid IS NOT NULL;
  CREATE INDEX records_by_time ON records (ts);
  CREATE TABLE evidence (
    run INTEGER NOT NULL,
    id TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    type TEXT NOT NULL,
    threat TEXT NOT NULL,
    confidence REAL NOT NULL,
    profile TEXT NOT NULL,
    window INTEGER NOT NULL,
    ts REAL NOT NULL,
    count INTEGER NOT NULL,
    scored INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (run, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX evidence_by_profile ON evidence (profile, ts);
  CREATE INDEX evidence_by_time ON evidence (ts);
  CREATE INDEX evidence_by_id ON evidence (id);
  CREATE TABLE evidence_records (
    run INTEGER NOT NULL,
    evidence TEXT NOT NULL,
    uid TEXT NOT NULL,
    PRIMARY KEY (run, evidence, uid)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE alerts (
    run INTEGER NOT NULL,
    id TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    profile TEXT NOT NULL,
    window INTEGER NOT NULL,
    ts REAL NOT NULL,
    score REAL NOT NULL,
    confidence REAL NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (run, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX alerts_by_profile ON alerts (profile, ts);
  CREATE INDEX alerts_by_time ON alerts (ts);
  CREATE TABLE alert_evidence (
    run INTEGER NOT NULL,
    alert TEXT NOT NULL,
    evidence TEXT NOT NULL,
    PRIMARY KEY (run, alert, evidence)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE hosts (
    ip TEXT PRIMARY KEY,
    hostname TEXT,
    mac TEXT,
    first REAL NOT NULL,
    last REAL NOT NULL,
    connections INTEGER NOT NULL,
    bytes INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX hosts_by_last ON hosts (last);
  CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE sensors (
    name TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    input TEXT NOT NULL,
    run TEXT NOT NULL,
    first REAL NOT NULL,
    last REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO sensors
    SELECT sensor, version, input, id, (SELECT min(began) FROM runs AS r WHERE r.sensor = runs.sensor), ifnull(ended, began)
    FROM runs WHERE number IN (SELECT max(number) FROM runs GROUP BY sensor);
  ALTER TABLE hosts RENAME TO hosts_of_all;
  DROP INDEX hosts_by_last;
  CREATE TABLE hosts (
    ip TEXT NOT NULL,
    sensor TEXT NOT NULL,
    hostname TEXT,
    mac TEXT,
    first REAL NOT NULL,
    last REAL NOT NULL,
    connections INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (ip, sensor)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO hosts
    SELECT ip, (SELECT sensor FROM runs ORDER BY number DESC LIMIT 1), hostname, mac, first, last, connections, bytes
    FROM hosts_of_all WHERE EXISTS (SELECT 1 FROM runs);
  DROP TABLE hosts_of_all;
  CREATE INDEX hosts_by_last ON hosts (last);
  CREATE TABLE windows (
    run INTEGER NOT NULL,
    profile TEXT NOT NULL,
    window INTEGER NOT NULL,
    ts REAL NOT NULL,
    score REAL NOT NULL,
    threshold REAL NOT NULL,
    PRIMARY KEY (run, profile, window)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX windows_by_profile ON windows (profile, ts);
  CREATE INDEX windows_by_time ON windows (ts);
  CREATE TABLE peers (
    sensor TEXT NOT NULL,
    peer TEXT NOT NULL,
    address TEXT NOT NULL,
    trust REAL NOT NULL,
    connected INTEGER NOT NULL,
    since REAL NOT NULL,
    PRIMARY KEY (sensor, peer)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE opinions (
    ip TEXT NOT NULL,
    sensor TEXT NOT NULL,
    score REAL NOT NULL,
    confidence REAL NOT NULL,
    voices INTEGER NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (ip, sensor)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX opinions_by_time ON opinions (at);
  CREATE TABLE answers (
    question TEXT PRIMARY KEY,
    at REAL NOT NULL,
    until REAL NOT NULL,
    data TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX answers_by_end ON answers (until);
  `,
  // Records in blocks, which are written several times as fast (agent/store/blocks.ts). The old ones follow in `migrate`.
  `
  ALTER TABLE records RENAME TO single_records;
  CREATE TABLE record_blocks (
    block INTEGER PRIMARY KEY,
    run INTEGER NOT NULL,
    kind TEXT NOT NULL,
    profile TEXT,
    window INTEGER NOT NULL,
    first REAL NOT NULL,
    last REAL NOT NULL,
    count INTEGER NOT NULL,
    fields TEXT NOT NULL
  ) STRICT;
  CREATE INDEX record_blocks_by_profile ON record_blocks (profile, kind, last);
  CREATE INDEX record_blocks_by_kind ON record_blocks (kind, last);
  CREATE TABLE record_uid_lists (
    bucket INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last REAL NOT NULL,
    places TEXT NOT NULL,
    PRIMARY KEY (bucket, first)
  ) STRICT, WITHOUT ROWID;
  CREATE VIEW records AS
    SELECT block, run, json_extract(fields, '$.ordinal[' || one.key || ']') AS ordinal, kind, one.value AS ts,
      json_extract(fields, '$.uid[' || one.key || ']') AS uid, profile,
      json_extract(fields, '$.resp_h[' || one.key || ']') AS peer, window, last,
      (SELECT json_group_object(field.key, json(field.value -> ('$[' || one.key || ']'))) FROM json_each(fields) AS field
        WHERE field.value ->> ('$[' || one.key || ']') IS NOT NULL AND field.key <> 'ordinal') AS data
    FROM record_blocks, json_each(fields, '$.ts') AS one;
  CREATE VIEW record_uids AS
    SELECT bucket, substr(one.value, instr(one.value, ' ') + 1) AS uid, CAST(one.value AS INTEGER) AS block
    FROM record_uid_lists, json_each(places) AS one;
  CREATE INDEX evidence_by_type ON evidence (type, ts);
  CREATE INDEX evidence_scored ON evidence (profile, run) WHERE scored = 1;
  DROP INDEX alerts_by_profile;
  CREATE INDEX alerts_by_profile ON alerts (profile, ts, run);
  `,
  // Alerts without their updates can be counted, and there is room for who is blocked.
  `
  ALTER TABLE alerts ADD COLUMN updates TEXT;
  UPDATE alerts SET updates = data ->> 'updates';
  DROP INDEX alerts_by_profile;
  CREATE INDEX alerts_by_profile ON alerts (profile, ts, run, updates);
  CREATE TABLE blocks (
    ip TEXT NOT NULL,
    sensor TEXT NOT NULL,
    means TEXT NOT NULL,
    alert TEXT,
    since REAL NOT NULL,
    until REAL,
    ended REAL,
    times INTEGER NOT NULL,
    told REAL NOT NULL,
    PRIMARY KEY (ip, sensor)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX blocks_by_end ON blocks (ended);
  `,
];

/** Marks a database as one of ours ("smsh"; https://sqlite.org/pragma.html#pragma_application_id). */
export const APPLICATION_ID = 0x736d7368;
