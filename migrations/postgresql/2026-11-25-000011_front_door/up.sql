-- Front-door duty: who decides for an agency about the referrals it was sent, and who gave them the duty.

CREATE TABLE front_door_duty (
  id UUID NOT NULL PRIMARY KEY,
  agency_id UUID NOT NULL REFERENCES agency (id),
  worker_id UUID NOT NULL REFERENCES worker (id),
  starts_at TIMESTAMPTZ NOT NULL,
  ends_at TIMESTAMPTZ NOT NULL,
  given_by UUID NOT NULL REFERENCES worker (id),
  given_at TIMESTAMPTZ NOT NULL,
  ended_at TIMESTAMPTZ,
  ended_by UUID REFERENCES worker (id),
  CHECK (given_by <> worker_id AND starts_at < ends_at)
);
CREATE INDEX front_door_duty_of_worker ON front_door_duty (worker_id, ends_at);
CREATE INDEX front_door_duty_of_agency ON front_door_duty (agency_id, starts_at, id);

CREATE TRIGGER front_door_duty_keeps BEFORE UPDATE ON front_door_duty FOR EACH ROW WHEN (OLD.ended_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER front_door_duty_stays BEFORE DELETE ON front_door_duty FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER front_door_duty_whole BEFORE TRUNCATE ON front_door_duty FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
