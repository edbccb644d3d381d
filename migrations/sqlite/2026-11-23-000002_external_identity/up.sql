-- The workers that tokens of other issuers are about, and the issuer of each session's tokens.

CREATE TABLE external_identity (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  worker_id BLOB NOT NULL REFERENCES worker (id),
  linked_at INTEGER NOT NULL,
  linked_by BLOB NOT NULL REFERENCES worker (id),
  PRIMARY KEY (issuer, subject)
) STRICT;
CREATE UNIQUE INDEX external_identity_of_worker ON external_identity (worker_id, issuer);

ALTER TABLE session ADD COLUMN issuer TEXT;
