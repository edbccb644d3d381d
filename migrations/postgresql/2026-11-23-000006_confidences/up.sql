-- Withheld recordings: their named readers, requests to read one, and partner information.

-- Set by the first line that police release, so that no query is needed for a record without lines.
ALTER TABLE child ADD COLUMN has_partner_information BOOLEAN NOT NULL DEFAULT FALSE;

-- Who may read the present version besides its author. Earlier versions have theirs in their sealed content.
CREATE TABLE named_reader (
  worker_id UUID NOT NULL REFERENCES worker (id),
  entry_id UUID NOT NULL REFERENCES entry (id),
  PRIMARY KEY (worker_id, entry_id)
);
CREATE INDEX named_reader_of_entry ON named_reader (entry_id);

CREATE TABLE disclosure_request (
  id UUID NOT NULL PRIMARY KEY,
  entry_id UUID NOT NULL REFERENCES entry (id),
  child_id UUID NOT NULL REFERENCES child (id),
  worker_id UUID NOT NULL REFERENCES worker (id),
  agency_id UUID NOT NULL REFERENCES agency (id),
  requested_at TIMESTAMPTZ NOT NULL,
  reason_sealed BYTEA NOT NULL,
  answer TEXT CHECK (answer IN ('grant', 'refuse')),
  because_sealed BYTEA,
  decided_by UUID REFERENCES worker (id),
  decided_at TIMESTAMPTZ,
  ends_at TIMESTAMPTZ,
  -- The segment for which it is disclosed. A recording that moves to another segment is no longer disclosed.
  segment TEXT,
  revoked_because_sealed BYTEA,
  revoked_by UUID REFERENCES worker (id),
  revoked_at TIMESTAMPTZ
);
CREATE INDEX disclosure_request_of_worker ON disclosure_request (worker_id, entry_id, answer, ends_at);
CREATE INDEX disclosure_request_of_entry ON disclosure_request (entry_id, requested_at);
CREATE UNIQUE INDEX disclosure_request_waits ON disclosure_request (entry_id, worker_id) WHERE answer IS NULL;

CREATE TABLE sanitised_line (
  id UUID NOT NULL PRIMARY KEY,
  entry_id UUID NOT NULL REFERENCES entry (id),
  child_id UUID NOT NULL REFERENCES child (id),
  content BYTEA NOT NULL,
  released_by UUID NOT NULL REFERENCES worker (id),
  released_at TIMESTAMPTZ NOT NULL,
  withdrawn_by UUID REFERENCES worker (id),
  withdrawn_at TIMESTAMPTZ,
  withdrawn_because_sealed BYTEA
);
CREATE INDEX sanitised_line_of_child ON sanitised_line (child_id, withdrawn_at);
