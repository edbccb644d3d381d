-- Who may get into an account besides its owner, and the codes with which owners take up confirmed roles.

-- The administrators who chose or changed how the owner signs in, until the owner takes up a role.
CREATE TABLE way_in (
  worker_id BLOB NOT NULL REFERENCES worker (id),
  known_to BLOB NOT NULL REFERENCES worker (id),
  PRIMARY KEY (worker_id, known_to)
) STRICT;

-- An administrator who added an account may still know its password, if its owner has not replaced it or it has no role
-- that two people grant.
INSERT INTO way_in (worker_id, known_to)
  SELECT w.id, v.author_id FROM worker w
  JOIN account_version v ON v.kind = 'worker' AND v.subject_id = w.id AND v.version = 1
  WHERE v.author_id IS NOT NULL AND (NOT w.own_password OR w.roles IN ('', 'board_analyst'));

-- A confirmed role whose code its owner has not used.
CREATE TABLE role_handover (
  grant_id BLOB NOT NULL PRIMARY KEY REFERENCES role_grant (id),
  worker_id BLOB NOT NULL REFERENCES worker (id),
  digest BLOB NOT NULL,
  made_at INTEGER NOT NULL
) STRICT;
CREATE INDEX role_handover_by_worker ON role_handover (worker_id);
