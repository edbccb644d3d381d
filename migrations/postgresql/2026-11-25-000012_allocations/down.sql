DROP TABLE involvement_renewal;
DROP INDEX involvement_by_end;
DROP INDEX involvement_of_referral;
ALTER TABLE involvement DROP COLUMN notified_of_end_at;
ALTER TABLE involvement DROP COLUMN referral_id;
