DROP TABLE notice;
DROP TABLE cosignature;
DROP TABLE emergency_review;
DROP TABLE emergency_access;
DROP TABLE listed_person;
DROP TABLE restriction_step;
DROP TABLE conflict;
DROP TABLE recovery_code;
DROP TABLE second_factor;
DELETE FROM involvement WHERE kind NOT IN ('allocated', 'team');
ALTER TABLE involvement RENAME TO involvement_before;
DROP INDEX involvement_of_child;
DROP INDEX involvement_of_worker;
CREATE TABLE involvement (
  id BLOB NOT NULL PRIMARY KEY,
  child_id BLOB NOT NULL REFERENCES child (id),
  worker_id BLOB NOT NULL REFERENCES worker (id),
  agency_id BLOB NOT NULL REFERENCES agency (id),
  kind TEXT NOT NULL CHECK (kind IN ('allocated', 'team')),
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
ALTER TABLE child DROP COLUMN restriction;
ALTER TABLE worker DROP COLUMN supervisor_id;
ALTER TABLE session DROP COLUMN second_factor_at;
