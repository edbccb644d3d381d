-- Roles that two people grant: one proposes and another decides.

CREATE TABLE role_grant (
  id BLOB NOT NULL PRIMARY KEY,
  worker_id BLOB NOT NULL REFERENCES worker (id),
  agency_id BLOB NOT NULL REFERENCES agency (id),
  role TEXT NOT NULL,
  reason TEXT NOT NULL,
  proposed_by BLOB NOT NULL REFERENCES worker (id),
  proposed_at INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('proposed', 'approved', 'declined', 'ran_out')),
  decided_by BLOB REFERENCES worker (id),
  decided_at INTEGER,
  decided_because TEXT,
  CHECK (decided_by <> proposed_by AND decided_by <> worker_id)
) STRICT;
CREATE UNIQUE INDEX role_grant_that_waits ON role_grant (worker_id, role) WHERE status = 'proposed';
CREATE INDEX role_grant_by_time ON role_grant (proposed_at, id);

CREATE TRIGGER role_grant_keeps BEFORE UPDATE ON role_grant WHEN OLD.status <> 'proposed' BEGIN SELECT RAISE(ABORT, 'role_grant is decided'); END;
CREATE TRIGGER role_grant_stays BEFORE DELETE ON role_grant BEGIN SELECT RAISE(ABORT, 'role_grant is append-only'); END;
