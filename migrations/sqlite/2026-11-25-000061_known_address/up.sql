-- The networks from which the owner of an account signed in. The digest is keyed: it shows neither name nor network.

CREATE TABLE known_address (
  digest BLOB NOT NULL PRIMARY KEY,
  worker_id BLOB NOT NULL REFERENCES worker (id),
  last_at INTEGER NOT NULL
) STRICT;
CREATE INDEX known_address_of_worker ON known_address (worker_id, last_at);
