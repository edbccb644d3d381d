-- Police access whose notices are suppressed for a time.

CREATE TABLE notice_suppression (
  id UUID NOT NULL PRIMARY KEY,
  child_id UUID NOT NULL REFERENCES child (id),
  worker_id UUID NOT NULL REFERENCES worker (id),
  agency_id UUID NOT NULL REFERENCES agency (id),
  reason TEXT NOT NULL,
  explanation_sealed BYTEA NOT NULL,
  started_at TIMESTAMPTZ NOT NULL,
  ends_at TIMESTAMPTZ NOT NULL,
  CHECK (ends_at > started_at AND ends_at <= started_at + INTERVAL '24 hours')
);
CREATE INDEX notice_suppression_of_worker ON notice_suppression (child_id, worker_id, ends_at);

-- The access under a suppression. The audit event is written last, so nothing refers to it.
CREATE TABLE suppressed_look (
  event_id UUID NOT NULL PRIMARY KEY,
  child_id UUID NOT NULL REFERENCES child (id),
  worker_id UUID NOT NULL REFERENCES worker (id),
  agency_id UUID NOT NULL REFERENCES agency (id)
);
CREATE INDEX suppressed_look_of_child ON suppressed_look (child_id);

CREATE TRIGGER notice_suppression_keeps BEFORE UPDATE ON notice_suppression FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER notice_suppression_stays BEFORE DELETE ON notice_suppression FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER notice_suppression_whole BEFORE TRUNCATE ON notice_suppression FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER suppressed_look_keeps BEFORE UPDATE ON suppressed_look FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER suppressed_look_stays BEFORE DELETE ON suppressed_look FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER suppressed_look_whole BEFORE TRUNCATE ON suppressed_look FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
