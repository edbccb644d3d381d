-- Columns named `content` or ending in `_sealed` are encrypted. Codes, instants and links stay readable.

CREATE TABLE key_check (
  root_id TEXT NOT NULL PRIMARY KEY,
  content BYTEA NOT NULL
);

CREATE TABLE agency (
  id UUID NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  sector TEXT NOT NULL,
  in_sharing_agreement BOOLEAN NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  version INTEGER NOT NULL
);

CREATE TABLE worker (
  id UUID NOT NULL PRIMARY KEY,
  agency_id UUID NOT NULL REFERENCES agency (id),
  sign_in_name TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  own_password boolean NOT NULL,
  display_name TEXT NOT NULL,
  job_title TEXT NOT NULL,
  roles TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'suspended', 'left')),
  recorded_at TIMESTAMPTZ NOT NULL,
  version INTEGER NOT NULL
);

-- Every version of an agency or an account. The author is absent for the operator, at the command line.
CREATE TABLE account_version (
  kind TEXT NOT NULL CHECK (kind IN ('agency', 'worker')),
  subject_id UUID NOT NULL,
  version INTEGER NOT NULL,
  author_id UUID REFERENCES worker (id),
  recorded_at TIMESTAMPTZ NOT NULL,
  details TEXT NOT NULL,
  PRIMARY KEY (kind, subject_id, version)
);

CREATE TABLE session (
  id UUID NOT NULL PRIMARY KEY,
  worker_id UUID NOT NULL REFERENCES worker (id),
  started_at TIMESTAMPTZ NOT NULL,
  refreshed_at TIMESTAMPTZ NOT NULL,
  ends_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE refresh_token (
  digest BYTEA NOT NULL PRIMARY KEY,
  session_id UUID NOT NULL REFERENCES session (id),
  issued_at TIMESTAMPTZ NOT NULL,
  used_at TIMESTAMPTZ
);

CREATE TABLE child (
  id UUID NOT NULL PRIMARY KEY,
  agency_id UUID NOT NULL REFERENCES agency (id),
  recorded_at TIMESTAMPTZ NOT NULL,
  version INTEGER NOT NULL,
  root_id TEXT NOT NULL,
  key_sealed BYTEA
);

CREATE TABLE child_version (
  child_id UUID NOT NULL REFERENCES child (id),
  version INTEGER NOT NULL,
  author_id UUID NOT NULL REFERENCES worker (id),
  recorded_at TIMESTAMPTZ NOT NULL,
  content BYTEA NOT NULL,
  PRIMARY KEY (child_id, version)
);

CREATE TABLE child_token (
  child_id UUID NOT NULL REFERENCES child (id),
  kind TEXT NOT NULL,
  token BYTEA NOT NULL,
  claims BOOLEAN NOT NULL,
  PRIMARY KEY (child_id, kind, token)
);
CREATE INDEX child_token_lookup ON child_token (token, kind);
-- Only one child may claim a number, so two records with it that start at the same moment cannot both do so.
CREATE UNIQUE INDEX child_token_claim ON child_token (token, kind) WHERE claims;

CREATE TABLE involvement (
  id UUID NOT NULL PRIMARY KEY,
  child_id UUID NOT NULL REFERENCES child (id),
  worker_id UUID NOT NULL REFERENCES worker (id),
  agency_id UUID NOT NULL REFERENCES agency (id),
  kind TEXT NOT NULL CHECK (kind IN ('allocated', 'team')),
  started_at TIMESTAMPTZ NOT NULL,
  ends_at TIMESTAMPTZ NOT NULL,
  reason_sealed BYTEA NOT NULL,
  end_reason_sealed BYTEA,
  ended_by UUID REFERENCES worker (id),
  version INTEGER NOT NULL
);
CREATE INDEX involvement_of_child ON involvement (child_id, worker_id, ends_at, agency_id, kind);
CREATE INDEX involvement_of_worker ON involvement (worker_id, ends_at);

CREATE TABLE entry (
  id UUID NOT NULL PRIMARY KEY,
  child_id UUID NOT NULL REFERENCES child (id),
  kind TEXT NOT NULL CHECK (kind IN ('concern', 'observation', 'contact', 'referral')),
  agency_id UUID NOT NULL REFERENCES agency (id),
  author_id UUID NOT NULL REFERENCES worker (id),
  segment TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('current', 'withdrawn')),
  codes TEXT NOT NULL,
  occurred_at TIMESTAMPTZ NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  version INTEGER NOT NULL
);
CREATE INDEX entry_of_child ON entry (child_id, kind, occurred_at, id);
CREATE INDEX entry_in_order ON entry (child_id, occurred_at, id);
CREATE INDEX entry_by_record ON entry (kind, recorded_at);

CREATE TABLE entry_version (
  entry_id UUID NOT NULL REFERENCES entry (id),
  version INTEGER NOT NULL,
  author_id UUID NOT NULL REFERENCES worker (id),
  recorded_at TIMESTAMPTZ NOT NULL,
  segment TEXT NOT NULL,
  status TEXT NOT NULL,
  codes TEXT NOT NULL,
  occurred_at TIMESTAMPTZ NOT NULL,
  occurred_precision TEXT NOT NULL,
  captured_at TIMESTAMPTZ,
  content BYTEA NOT NULL,
  PRIMARY KEY (entry_id, version)
);

CREATE TABLE referral (
  id UUID NOT NULL PRIMARY KEY REFERENCES entry (id),
  child_id UUID NOT NULL REFERENCES child (id),
  from_agency_id UUID NOT NULL REFERENCES agency (id),
  to_agency_id UUID NOT NULL REFERENCES agency (id),
  status TEXT NOT NULL CHECK (status IN ('sent', 'accepted', 'declined', 'concluded')),
  recorded_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX referral_of_child ON referral (child_id, to_agency_id, status);
CREATE INDEX referral_from ON referral (from_agency_id, recorded_at, id);
CREATE INDEX referral_to ON referral (to_agency_id, recorded_at, id);

CREATE TABLE referral_concern (
  referral_id UUID NOT NULL REFERENCES referral (id),
  concern_id UUID NOT NULL REFERENCES entry (id),
  -- The segment of the concern when it was sent.
  segment TEXT NOT NULL,
  PRIMARY KEY (concern_id, referral_id)
);

CREATE TABLE referral_answer (
  referral_id UUID NOT NULL REFERENCES referral (id),
  status TEXT NOT NULL,
  author_id UUID NOT NULL REFERENCES worker (id),
  recorded_at TIMESTAMPTZ NOT NULL,
  content BYTEA NOT NULL,
  PRIMARY KEY (referral_id, status)
);

CREATE TABLE idempotency (
  worker_id UUID NOT NULL REFERENCES worker (id),
  key_digest BYTEA NOT NULL,
  fingerprint BYTEA NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  content BYTEA NOT NULL,
  PRIMARY KEY (worker_id, key_digest)
);
CREATE INDEX idempotency_age ON idempotency (recorded_at);

CREATE TABLE audit_event (
  id UUID NOT NULL PRIMARY KEY,
  at TIMESTAMPTZ NOT NULL,
  worker_id UUID,
  agency_id UUID,
  roles TEXT NOT NULL,
  session_id UUID,
  action TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id UUID,
  child_id UUID,
  purpose TEXT,
  policies TEXT NOT NULL,
  fields TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('permitted', 'refused', 'failed', 'replayed')),
  request_id UUID NOT NULL
);
CREATE INDEX audit_event_of_child ON audit_event (child_id, at, id);

-- Stored versions, answers and events are never changed or removed.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END;
$$;
CREATE TRIGGER audit_event_keeps BEFORE UPDATE ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_event_stays BEFORE DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_event_whole BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER child_version_keeps BEFORE UPDATE ON child_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER child_version_stays BEFORE DELETE ON child_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER child_version_whole BEFORE TRUNCATE ON child_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_version_keeps BEFORE UPDATE ON entry_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_version_stays BEFORE DELETE ON entry_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_version_whole BEFORE TRUNCATE ON entry_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER referral_answer_keeps BEFORE UPDATE ON referral_answer FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER account_version_keeps BEFORE UPDATE ON account_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER referral_answer_stays BEFORE DELETE ON referral_answer FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER account_version_stays BEFORE DELETE ON account_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER referral_answer_whole BEFORE TRUNCATE ON referral_answer FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER account_version_whole BEFORE TRUNCATE ON account_version FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
