-- Front-door duty: who decides for an agency about the referrals it was sent, and who gave them the duty.

CREATE TABLE front_door_duty (
  id BLOB NOT NULL PRIMARY KEY,
  agency_id BLOB NOT NULL REFERENCES agency (id),
  worker_id BLOB NOT NULL REFERENCES worker (id),
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  given_by BLOB NOT NULL REFERENCES worker (id),
  given_at INTEGER NOT NULL,
  ended_at INTEGER,
  ended_by BLOB REFERENCES worker (id),
  CHECK (given_by <> worker_id AND starts_at < ends_at)
) STRICT;
CREATE INDEX front_door_duty_of_worker ON front_door_duty (worker_id, ends_at);
CREATE INDEX front_door_duty_of_agency ON front_door_duty (agency_id, starts_at, id);

CREATE TRIGGER front_door_duty_keeps BEFORE UPDATE ON front_door_duty WHEN OLD.ended_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'front_door_duty is ended'); END;
CREATE TRIGGER front_door_duty_stays BEFORE DELETE ON front_door_duty BEGIN SELECT RAISE(ABORT, 'front_door_duty is append-only'); END;
