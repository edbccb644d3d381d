-- Who may see what: second factors, closed records, conflicts, emergency access, notices.

ALTER TABLE session ADD COLUMN second_factor_at INTEGER;
ALTER TABLE worker ADD COLUMN supervisor_id BLOB REFERENCES worker (id);
ALTER TABLE child ADD COLUMN restriction TEXT NOT NULL DEFAULT 'open' CHECK (restriction IN ('open', 'restricted', 'sealed'));

-- SQLite cannot change a column's check, so the table is created again.
ALTER TABLE involvement RENAME TO involvement_before;
DROP INDEX involvement_of_child;
DROP INDEX involvement_of_worker;
CREATE TABLE involvement (
  id BLOB NOT NULL PRIMARY KEY,
  child_id BLOB NOT NULL REFERENCES child (id),
  worker_id BLOB NOT NULL REFERENCES worker (id),
  agency_id BLOB NOT NULL REFERENCES agency (id),
  kind TEXT NOT NULL CHECK (kind IN ('allocated', 'team', 'duty', 'meeting', 'missing_response', 'audit_case')),
  started_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  reason_sealed BLOB NOT NULL,
  end_reason_sealed BLOB,
  ended_by BLOB REFERENCES worker (id),
  version INTEGER NOT NULL
) STRICT;
INSERT INTO involvement SELECT * FROM involvement_before;
DROP TABLE involvement_before;
CREATE INDEX involvement_of_child ON involvement (child_id, worker_id, ends_at, agency_id, kind);
CREATE INDEX involvement_of_worker ON involvement (worker_id, ends_at);

-- The secret is sealed. A code works once: last_step is the half minute of the last one.
CREATE TABLE second_factor (
  worker_id BLOB NOT NULL PRIMARY KEY REFERENCES worker (id),
  secret_sealed BLOB NOT NULL,
  confirmed_at INTEGER,
  last_step INTEGER NOT NULL
) STRICT;

CREATE TABLE recovery_code (
  worker_id BLOB NOT NULL REFERENCES worker (id),
  digest BLOB NOT NULL,
  used_at INTEGER,
  PRIMARY KEY (worker_id, digest)
) STRICT;

CREATE TABLE conflict (
  id BLOB NOT NULL PRIMARY KEY,
  child_id BLOB NOT NULL REFERENCES child (id),
  worker_id BLOB NOT NULL REFERENCES worker (id),
  kind TEXT NOT NULL,
  declared_by BLOB NOT NULL REFERENCES worker (id),
  declared_at INTEGER NOT NULL,
  note_sealed BLOB NOT NULL,
  lifted_by BLOB REFERENCES worker (id),
  lifted_at INTEGER,
  lifted_because_sealed BLOB
) STRICT;
CREATE INDEX conflict_of_child ON conflict (child_id, worker_id, lifted_at);

-- Every step in closing or opening a record. The column child.restriction has the present state.
CREATE TABLE restriction_step (
  id BLOB NOT NULL PRIMARY KEY,
  child_id BLOB NOT NULL REFERENCES child (id),
  level TEXT NOT NULL CHECK (level IN ('open', 'restricted', 'sealed')),
  status TEXT NOT NULL CHECK (status IN ('proposed', 'done', 'declined')),
  reason TEXT,
  owner_id BLOB NOT NULL REFERENCES worker (id),
  review_on TEXT,
  proposed_by BLOB NOT NULL REFERENCES worker (id),
  proposed_at INTEGER NOT NULL,
  content BLOB NOT NULL,
  decided_by BLOB REFERENCES worker (id),
  decided_at INTEGER,
  decided_because_sealed BLOB
) STRICT;
CREATE INDEX restriction_step_of_child ON restriction_step (child_id, proposed_at);

-- The people who may open a closed record now.
CREATE TABLE listed_person (
  child_id BLOB NOT NULL REFERENCES child (id),
  worker_id BLOB NOT NULL REFERENCES worker (id),
  PRIMARY KEY (child_id, worker_id)
) STRICT;

CREATE TABLE emergency_access (
  id BLOB NOT NULL PRIMARY KEY,
  child_id BLOB NOT NULL REFERENCES child (id),
  worker_id BLOB NOT NULL REFERENCES worker (id),
  agency_id BLOB NOT NULL REFERENCES agency (id),
  reason TEXT NOT NULL,
  explanation_sealed BLOB NOT NULL,
  started_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  review_due_at INTEGER NOT NULL
) STRICT;
CREATE INDEX emergency_access_of_child ON emergency_access (child_id, worker_id, ends_at);
CREATE INDEX emergency_access_of_worker ON emergency_access (worker_id, started_at);

CREATE TABLE emergency_review (
  emergency_id BLOB NOT NULL PRIMARY KEY REFERENCES emergency_access (id),
  reviewer_id BLOB NOT NULL REFERENCES worker (id),
  outcome TEXT NOT NULL CHECK (outcome IN ('justified', 'training', 'misuse')),
  note_sealed BLOB NOT NULL,
  recorded_at INTEGER NOT NULL
) STRICT;

-- A supervisor's signature for one emergency access of a colleague. It works once.
CREATE TABLE cosignature (
  id BLOB NOT NULL PRIMARY KEY,
  child_id BLOB NOT NULL REFERENCES child (id),
  worker_id BLOB NOT NULL REFERENCES worker (id),
  signed_by BLOB NOT NULL REFERENCES worker (id),
  signed_at INTEGER NOT NULL,
  used_for BLOB REFERENCES emergency_access (id)
) STRICT;
CREATE INDEX cosignature_for ON cosignature (child_id, worker_id, signed_at);

CREATE TABLE notice (
  id BLOB NOT NULL PRIMARY KEY,
  worker_id BLOB NOT NULL REFERENCES worker (id),
  kind TEXT NOT NULL,
  about_kind TEXT NOT NULL,
  about_id BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  acknowledged_at INTEGER,
  number INTEGER
) STRICT;
CREATE INDEX notice_of_worker ON notice (worker_id, recorded_at, id);

-- Streams of notices use the number, which has the order of the commits. Time and id do not: both are made earlier, and
-- the later one may be committed first.
CREATE UNIQUE INDEX notice_number ON notice (number);
CREATE INDEX notice_number_of_worker ON notice (worker_id, number);
CREATE TRIGGER notice_is_numbered AFTER INSERT ON notice BEGIN
  UPDATE notice SET number = (SELECT COALESCE(MAX(number), 0) + 1 FROM notice) WHERE id = NEW.id;
END;

CREATE TRIGGER emergency_access_keeps BEFORE UPDATE ON emergency_access BEGIN SELECT RAISE(ABORT, 'emergency_access is append-only'); END;
CREATE TRIGGER emergency_access_stays BEFORE DELETE ON emergency_access BEGIN SELECT RAISE(ABORT, 'emergency_access is append-only'); END;
CREATE TRIGGER emergency_review_keeps BEFORE UPDATE ON emergency_review BEGIN SELECT RAISE(ABORT, 'emergency_review is append-only'); END;
CREATE TRIGGER emergency_review_stays BEFORE DELETE ON emergency_review BEGIN SELECT RAISE(ABORT, 'emergency_review is append-only'); END;
