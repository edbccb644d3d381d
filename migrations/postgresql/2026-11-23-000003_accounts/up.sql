-- Roles that two people grant: one proposes and another decides.

CREATE TABLE role_grant (
  id UUID NOT NULL PRIMARY KEY,
  worker_id UUID NOT NULL REFERENCES worker (id),
  agency_id UUID NOT NULL REFERENCES agency (id),
  role TEXT NOT NULL,
  reason TEXT NOT NULL,
  proposed_by UUID NOT NULL REFERENCES worker (id),
  proposed_at TIMESTAMPTZ NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('proposed', 'approved', 'declined', 'ran_out')),
  decided_by UUID REFERENCES worker (id),
  decided_at TIMESTAMPTZ,
  decided_because TEXT,
  CHECK (decided_by <> proposed_by AND decided_by <> worker_id)
);
CREATE UNIQUE INDEX role_grant_that_waits ON role_grant (worker_id, role) WHERE status = 'proposed';
CREATE INDEX role_grant_by_time ON role_grant (proposed_at, id);

CREATE TRIGGER role_grant_keeps BEFORE UPDATE ON role_grant FOR EACH ROW WHEN (OLD.status <> 'proposed') EXECUTE FUNCTION refuse_change();
CREATE TRIGGER role_grant_stays BEFORE DELETE ON role_grant FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER role_grant_whole BEFORE TRUNCATE ON role_grant FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
