-- Withheld recordings: their named readers, requests to read one, and partner information.

-- Set by the first line that police release, so that no query is needed for a record without lines.
ALTER TABLE child ADD COLUMN has_partner_information INTEGER NOT NULL DEFAULT 0;

-- Who may read the present version besides its author. Earlier versions have theirs in their sealed content.
CREATE TABLE named_reader (
  worker_id BLOB NOT NULL REFERENCES worker (id),
  entry_id BLOB NOT NULL REFERENCES entry (id),
  PRIMARY KEY (worker_id, entry_id)
) STRICT;
CREATE INDEX named_reader_of_entry ON named_reader (entry_id);

CREATE TABLE disclosure_request (
  id BLOB NOT NULL PRIMARY KEY,
  entry_id BLOB NOT NULL REFERENCES entry (id),
  child_id BLOB NOT NULL REFERENCES child (id),
  worker_id BLOB NOT NULL REFERENCES worker (id),
  agency_id BLOB NOT NULL REFERENCES agency (id),
  requested_at INTEGER NOT NULL,
  reason_sealed BLOB NOT NULL,
  answer TEXT CHECK (answer IN ('grant', 'refuse')),
  because_sealed BLOB,
  decided_by BLOB REFERENCES worker (id),
  decided_at INTEGER,
  ends_at INTEGER,
  -- The segment for which it is disclosed. A recording that moves to another segment is no longer disclosed.
  segment TEXT,
  revoked_because_sealed BLOB,
  revoked_by BLOB REFERENCES worker (id),
  revoked_at INTEGER
) STRICT;
CREATE INDEX disclosure_request_of_worker ON disclosure_request (worker_id, entry_id, answer, ends_at);
CREATE INDEX disclosure_request_of_entry ON disclosure_request (entry_id, requested_at);
CREATE UNIQUE INDEX disclosure_request_waits ON disclosure_request (entry_id, worker_id) WHERE answer IS NULL;

CREATE TABLE sanitised_line (
  id BLOB NOT NULL PRIMARY KEY,
  entry_id BLOB NOT NULL REFERENCES entry (id),
  child_id BLOB NOT NULL REFERENCES child (id),
  content BLOB NOT NULL,
  released_by BLOB NOT NULL REFERENCES worker (id),
  released_at INTEGER NOT NULL,
  withdrawn_by BLOB REFERENCES worker (id),
  withdrawn_at INTEGER,
  withdrawn_because_sealed BLOB
) STRICT;
CREATE INDEX sanitised_line_of_child ON sanitised_line (child_id, withdrawn_at);
