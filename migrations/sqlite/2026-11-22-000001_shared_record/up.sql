-- Instants are microseconds since 1970, and ids are 16 bytes. Columns named `content` or ending in `_sealed` are
-- encrypted. Codes, instants and links stay readable.

CREATE TABLE key_check (
  root_id TEXT NOT NULL PRIMARY KEY,
  content BLOB NOT NULL
) STRICT;

CREATE TABLE agency (
  id BLOB NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  sector TEXT NOT NULL,
  in_sharing_agreement INTEGER NOT NULL CHECK (in_sharing_agreement IN (0, 1)),
  recorded_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

CREATE TABLE worker (
  id BLOB NOT NULL PRIMARY KEY,
  agency_id BLOB NOT NULL REFERENCES agency (id),
  sign_in_name TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  own_password INTEGER NOT NULL CHECK (own_password IN (0, 1)),
  display_name TEXT NOT NULL,
  job_title TEXT NOT NULL,
  roles TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'suspended', 'left')),
  recorded_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

-- Every version of an agency or an account. The author is absent for the operator, at the command line.
CREATE TABLE account_version (
  kind TEXT NOT NULL CHECK (kind IN ('agency', 'worker')),
  subject_id BLOB NOT NULL,
  version INTEGER NOT NULL,
  author_id BLOB REFERENCES worker (id),
  recorded_at INTEGER NOT NULL,
  details TEXT NOT NULL,
  PRIMARY KEY (kind, subject_id, version)
) STRICT;

CREATE TABLE session (
  id BLOB NOT NULL PRIMARY KEY,
  worker_id BLOB NOT NULL REFERENCES worker (id),
  started_at INTEGER NOT NULL,
  refreshed_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL
) STRICT;

CREATE TABLE refresh_token (
  digest BLOB NOT NULL PRIMARY KEY,
  session_id BLOB NOT NULL REFERENCES session (id),
  issued_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;

CREATE TABLE child (
  id BLOB NOT NULL PRIMARY KEY,
  agency_id BLOB NOT NULL REFERENCES agency (id),
  recorded_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  root_id TEXT NOT NULL,
  key_sealed BLOB
) STRICT;

CREATE TABLE child_version (
  child_id BLOB NOT NULL REFERENCES child (id),
  version INTEGER NOT NULL,
  author_id BLOB NOT NULL REFERENCES worker (id),
  recorded_at INTEGER NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (child_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE child_token (
  child_id BLOB NOT NULL REFERENCES child (id),
  kind TEXT NOT NULL,
  token BLOB NOT NULL,
  claims INTEGER NOT NULL CHECK (claims IN (0, 1)),
  PRIMARY KEY (child_id, kind, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX child_token_lookup ON child_token (token, kind);
-- Only one child may claim a number, so two records with it that start at the same moment cannot both do so.
CREATE UNIQUE INDEX child_token_claim ON child_token (token, kind) WHERE claims = 1;

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
CREATE INDEX involvement_of_child ON involvement (child_id, worker_id, ends_at, agency_id, kind);
CREATE INDEX involvement_of_worker ON involvement (worker_id, ends_at);

CREATE TABLE entry (
  id BLOB NOT NULL PRIMARY KEY,
  child_id BLOB NOT NULL REFERENCES child (id),
  kind TEXT NOT NULL CHECK (kind IN ('concern', 'observation', 'contact', 'referral')),
  agency_id BLOB NOT NULL REFERENCES agency (id),
  author_id BLOB NOT NULL REFERENCES worker (id),
  segment TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('current', 'withdrawn')),
  codes TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX entry_of_child ON entry (child_id, kind, occurred_at, id);
CREATE INDEX entry_in_order ON entry (child_id, occurred_at, id);
CREATE INDEX entry_by_record ON entry (kind, recorded_at);

CREATE TABLE entry_version (
  entry_id BLOB NOT NULL REFERENCES entry (id),
  version INTEGER NOT NULL,
  author_id BLOB NOT NULL REFERENCES worker (id),
  recorded_at INTEGER NOT NULL,
  segment TEXT NOT NULL,
  status TEXT NOT NULL,
  codes TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  occurred_precision TEXT NOT NULL,
  captured_at INTEGER,
  content BLOB NOT NULL,
  PRIMARY KEY (entry_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE referral (
  id BLOB NOT NULL PRIMARY KEY REFERENCES entry (id),
  child_id BLOB NOT NULL REFERENCES child (id),
  from_agency_id BLOB NOT NULL REFERENCES agency (id),
  to_agency_id BLOB NOT NULL REFERENCES agency (id),
  status TEXT NOT NULL CHECK (status IN ('sent', 'accepted', 'declined', 'concluded')),
  recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX referral_of_child ON referral (child_id, to_agency_id, status);
CREATE INDEX referral_from ON referral (from_agency_id, recorded_at, id);
CREATE INDEX referral_to ON referral (to_agency_id, recorded_at, id);

CREATE TABLE referral_concern (
  referral_id BLOB NOT NULL REFERENCES referral (id),
  concern_id BLOB NOT NULL REFERENCES entry (id),
  -- The segment of the concern when it was sent.
  segment TEXT NOT NULL,
  PRIMARY KEY (concern_id, referral_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE referral_answer (
  referral_id BLOB NOT NULL REFERENCES referral (id),
  status TEXT NOT NULL,
  author_id BLOB NOT NULL REFERENCES worker (id),
  recorded_at INTEGER NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (referral_id, status)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency (
  worker_id BLOB NOT NULL REFERENCES worker (id),
  key_digest BLOB NOT NULL,
  fingerprint BLOB NOT NULL,
  recorded_at INTEGER NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (worker_id, key_digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (recorded_at);

CREATE TABLE audit_event (
  id BLOB NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  worker_id BLOB,
  agency_id BLOB,
  roles TEXT NOT NULL,
  session_id BLOB,
  action TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id BLOB,
  child_id BLOB,
  purpose TEXT,
  policies TEXT NOT NULL,
  fields TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('permitted', 'refused', 'failed', 'replayed')),
  request_id BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_event_of_child ON audit_event (child_id, at, id);

-- Stored versions, answers and events are never changed or removed.
CREATE TRIGGER audit_event_keeps BEFORE UPDATE ON audit_event BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;
CREATE TRIGGER audit_event_stays BEFORE DELETE ON audit_event BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END;
CREATE TRIGGER child_version_keeps BEFORE UPDATE ON child_version BEGIN SELECT RAISE(ABORT, 'child_version is append-only'); END;
CREATE TRIGGER child_version_stays BEFORE DELETE ON child_version BEGIN SELECT RAISE(ABORT, 'child_version is append-only'); END;
CREATE TRIGGER entry_version_keeps BEFORE UPDATE ON entry_version BEGIN SELECT RAISE(ABORT, 'entry_version is append-only'); END;
CREATE TRIGGER entry_version_stays BEFORE DELETE ON entry_version BEGIN SELECT RAISE(ABORT, 'entry_version is append-only'); END;
CREATE TRIGGER referral_answer_keeps BEFORE UPDATE ON referral_answer BEGIN SELECT RAISE(ABORT, 'referral_answer is append-only'); END;
CREATE TRIGGER account_version_keeps BEFORE UPDATE ON account_version BEGIN SELECT RAISE(ABORT, 'account_version is append-only'); END;
CREATE TRIGGER referral_answer_stays BEFORE DELETE ON referral_answer BEGIN SELECT RAISE(ABORT, 'referral_answer is append-only'); END;
CREATE TRIGGER account_version_stays BEFORE DELETE ON account_version BEGIN SELECT RAISE(ABORT, 'account_version is append-only'); END;
