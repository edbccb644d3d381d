-- Who may see what: second factors, closed records, conflicts, emergency access, notices.

ALTER TABLE session ADD COLUMN second_factor_at TIMESTAMPTZ;
ALTER TABLE worker ADD COLUMN supervisor_id UUID REFERENCES worker (id);
ALTER TABLE child ADD COLUMN restriction TEXT NOT NULL DEFAULT 'open' CHECK (restriction IN ('open', 'restricted', 'sealed'));

ALTER TABLE involvement DROP CONSTRAINT involvement_kind_check;
ALTER TABLE involvement ADD CONSTRAINT involvement_kind_check CHECK (kind IN ('allocated', 'team', 'duty', 'meeting', 'missing_response', 'audit_case'));

-- The secret is sealed. A code works once: last_step is the half minute of the last one.
CREATE TABLE second_factor (
  worker_id UUID NOT NULL PRIMARY KEY REFERENCES worker (id),
  secret_sealed BYTEA NOT NULL,
  confirmed_at TIMESTAMPTZ,
  last_step BIGINT NOT NULL
);

CREATE TABLE recovery_code (
  worker_id UUID NOT NULL REFERENCES worker (id),
  digest BYTEA NOT NULL,
  used_at TIMESTAMPTZ,
  PRIMARY KEY (worker_id, digest)
);

CREATE TABLE conflict (
  id UUID NOT NULL PRIMARY KEY,
  child_id UUID NOT NULL REFERENCES child (id),
  worker_id UUID NOT NULL REFERENCES worker (id),
  kind TEXT NOT NULL,
  declared_by UUID NOT NULL REFERENCES worker (id),
  declared_at TIMESTAMPTZ NOT NULL,
  note_sealed BYTEA NOT NULL,
  lifted_by UUID REFERENCES worker (id),
  lifted_at TIMESTAMPTZ,
  lifted_because_sealed BYTEA
);
CREATE INDEX conflict_of_child ON conflict (child_id, worker_id, lifted_at);

-- Every step in closing or opening a record. The column child.restriction has the present state.
CREATE TABLE restriction_step (
  id UUID NOT NULL PRIMARY KEY,
  child_id UUID NOT NULL REFERENCES child (id),
  level TEXT NOT NULL CHECK (level IN ('open', 'restricted', 'sealed')),
  status TEXT NOT NULL CHECK (status IN ('proposed', 'done', 'declined')),
  reason TEXT,
  owner_id UUID NOT NULL REFERENCES worker (id),
  review_on TEXT,
  proposed_by UUID NOT NULL REFERENCES worker (id),
  proposed_at TIMESTAMPTZ NOT NULL,
  content BYTEA NOT NULL,
  decided_by UUID REFERENCES worker (id),
  decided_at TIMESTAMPTZ,
  decided_because_sealed BYTEA
);
CREATE INDEX restriction_step_of_child ON restriction_step (child_id, proposed_at);

-- The people who may open a closed record now.
CREATE TABLE listed_person (
  child_id UUID NOT NULL REFERENCES child (id),
  worker_id UUID NOT NULL REFERENCES worker (id),
  PRIMARY KEY (child_id, worker_id)
);

CREATE TABLE emergency_access (
  id UUID NOT NULL PRIMARY KEY,
  child_id UUID NOT NULL REFERENCES child (id),
  worker_id UUID NOT NULL REFERENCES worker (id),
  agency_id UUID NOT NULL REFERENCES agency (id),
  reason TEXT NOT NULL,
  explanation_sealed BYTEA NOT NULL,
  started_at TIMESTAMPTZ NOT NULL,
  ends_at TIMESTAMPTZ NOT NULL,
  review_due_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX emergency_access_of_child ON emergency_access (child_id, worker_id, ends_at);
CREATE INDEX emergency_access_of_worker ON emergency_access (worker_id, started_at);

CREATE TABLE emergency_review (
  emergency_id UUID NOT NULL PRIMARY KEY REFERENCES emergency_access (id),
  reviewer_id UUID NOT NULL REFERENCES worker (id),
  outcome TEXT NOT NULL CHECK (outcome IN ('justified', 'training', 'misuse')),
  note_sealed BYTEA NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL
);

-- A supervisor's signature for one emergency access of a colleague. It works once.
CREATE TABLE cosignature (
  id UUID NOT NULL PRIMARY KEY,
  child_id UUID NOT NULL REFERENCES child (id),
  worker_id UUID NOT NULL REFERENCES worker (id),
  signed_by UUID NOT NULL REFERENCES worker (id),
  signed_at TIMESTAMPTZ NOT NULL,
  used_for UUID REFERENCES emergency_access (id)
);
CREATE INDEX cosignature_for ON cosignature (child_id, worker_id, signed_at);

CREATE TABLE notice (
  id UUID NOT NULL PRIMARY KEY,
  worker_id UUID NOT NULL REFERENCES worker (id),
  kind TEXT NOT NULL,
  about_kind TEXT NOT NULL,
  about_id UUID NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  acknowledged_at TIMESTAMPTZ,
  number BIGINT
);
CREATE INDEX notice_of_worker ON notice (worker_id, recorded_at, id);

-- Streams of notices use the number, which has the order of the commits. Time and id do not: both are made earlier, and
-- the later one may be committed first. So the number is given last before the commit, behind a lock that is held until
-- others see it.
CREATE UNIQUE INDEX notice_number ON notice (number);
CREATE INDEX notice_number_of_worker ON notice (worker_id, number);
CREATE FUNCTION number_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(TG_RELID::bigint);
  UPDATE notice SET number = (SELECT COALESCE(MAX(number), 0) + 1 FROM notice) WHERE id = NEW.id;
  RETURN NULL;
END;
$$;
CREATE CONSTRAINT TRIGGER notice_is_numbered AFTER INSERT ON notice DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION number_notice();

CREATE TRIGGER emergency_access_keeps BEFORE UPDATE ON emergency_access FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER emergency_access_stays BEFORE DELETE ON emergency_access FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER emergency_access_whole BEFORE TRUNCATE ON emergency_access FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER emergency_review_keeps BEFORE UPDATE ON emergency_review FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER emergency_review_stays BEFORE DELETE ON emergency_review FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER emergency_review_whole BEFORE TRUNCATE ON emergency_review FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
