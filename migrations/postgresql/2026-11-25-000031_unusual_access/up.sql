-- How much each worker did in an hour or a day. Removed after two days. No other table refers to it.
CREATE TABLE activity (
  worker_id UUID NOT NULL,
  kind TEXT NOT NULL,
  since TIMESTAMPTZ NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY (worker_id, kind, since)
);

-- What a worker was counted for on a day, where it counts once: the first and the last hour in which it was counted.
CREATE TABLE activity_seen (
  worker_id UUID NOT NULL,
  kind TEXT NOT NULL,
  on_day TIMESTAMPTZ NOT NULL,
  subject_id UUID NOT NULL,
  first_hour TIMESTAMPTZ NOT NULL,
  last_hour TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (worker_id, kind, on_day, subject_id)
);

-- Unusual access by a worker on a day, once for each count and threshold.
CREATE TABLE unusual_access (
  id UUID NOT NULL PRIMARY KEY,
  worker_id UUID NOT NULL REFERENCES worker (id),
  agency_id UUID NOT NULL REFERENCES agency (id),
  kind TEXT NOT NULL,
  on_day TIMESTAMPTZ NOT NULL,
  holds BOOLEAN NOT NULL,
  amount INTEGER NOT NULL,
  threshold INTEGER NOT NULL,
  recorded_at TIMESTAMPTZ NOT NULL,
  confirmed_by UUID REFERENCES worker (id),
  confirmed_at TIMESTAMPTZ,
  confirmed_because TEXT,
  UNIQUE (worker_id, on_day, kind, holds)
);
CREATE INDEX unusual_access_newest ON unusual_access (recorded_at, id);
CREATE TRIGGER unusual_access_stays BEFORE DELETE ON unusual_access FOR EACH ROW EXECUTE FUNCTION refuse_change();
