-- Police access whose notices are suppressed for a time.

CREATE TABLE notice_suppression (
  id BLOB NOT NULL PRIMARY KEY,
  child_id BLOB NOT NULL REFERENCES child (id),
  worker_id BLOB NOT NULL REFERENCES worker (id),
  agency_id BLOB NOT NULL REFERENCES agency (id),
  reason TEXT NOT NULL,
  explanation_sealed BLOB NOT NULL,
  started_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  CHECK (ends_at > started_at AND ends_at <= started_at + 86400000000)
) STRICT;
CREATE INDEX notice_suppression_of_worker ON notice_suppression (child_id, worker_id, ends_at);

-- The access under a suppression. The audit event is written last, so nothing refers to it.
CREATE TABLE suppressed_look (
  event_id BLOB NOT NULL PRIMARY KEY,
  child_id BLOB NOT NULL REFERENCES child (id),
  worker_id BLOB NOT NULL REFERENCES worker (id),
  agency_id BLOB NOT NULL REFERENCES agency (id)
) STRICT;
CREATE INDEX suppressed_look_of_child ON suppressed_look (child_id);

CREATE TRIGGER notice_suppression_keeps BEFORE UPDATE ON notice_suppression BEGIN SELECT RAISE(ABORT, 'notice_suppression is append-only'); END;
CREATE TRIGGER notice_suppression_stays BEFORE DELETE ON notice_suppression BEGIN SELECT RAISE(ABORT, 'notice_suppression is append-only'); END;
CREATE TRIGGER suppressed_look_keeps BEFORE UPDATE ON suppressed_look BEGIN SELECT RAISE(ABORT, 'suppressed_look is append-only'); END;
CREATE TRIGGER suppressed_look_stays BEFORE DELETE ON suppressed_look BEGIN SELECT RAISE(ABORT, 'suppressed_look is append-only'); END;
