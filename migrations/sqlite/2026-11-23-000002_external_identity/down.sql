ALTER TABLE session DROP COLUMN issuer;
DROP TABLE external_identity;
