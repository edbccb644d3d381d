-- How much each worker did in an hour or a day. Removed after two days. No other table refers to it.
CREATE TABLE activity (
  worker_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  since INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (worker_id, kind, since)
) STRICT, WITHOUT ROWID;

-- What a worker was counted for on a day, where it counts once: the first and the last hour in which it was counted.
CREATE TABLE activity_seen (
  worker_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  on_day INTEGER NOT NULL,
  subject_id BLOB NOT NULL,
  first_hour INTEGER NOT NULL,
  last_hour INTEGER NOT NULL,
  PRIMARY KEY (worker_id, kind, on_day, subject_id)
) STRICT, WITHOUT ROWID;

-- Unusual access by a worker on a day, once for each count and threshold.
CREATE TABLE unusual_access (
  id BLOB NOT NULL PRIMARY KEY,
  worker_id BLOB NOT NULL REFERENCES worker (id),
  agency_id BLOB NOT NULL REFERENCES agency (id),
  kind TEXT NOT NULL,
  on_day INTEGER NOT NULL,
  holds INTEGER NOT NULL CHECK (holds IN (0, 1)),
  amount INTEGER NOT NULL,
  threshold INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  confirmed_by BLOB REFERENCES worker (id),
  confirmed_at INTEGER,
  confirmed_because TEXT,
  UNIQUE (worker_id, on_day, kind, holds)
) STRICT;
CREATE INDEX unusual_access_newest ON unusual_access (recorded_at, id);
CREATE TRIGGER unusual_access_stays BEFORE DELETE ON unusual_access BEGIN SELECT RAISE(ABORT, 'unusual_access is kept'); END;
