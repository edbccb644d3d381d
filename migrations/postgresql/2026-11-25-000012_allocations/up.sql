-- Allocations made by accepting a referral, renewals of involvements, and notices before their end.

-- The referral whose acceptance made the involvement, and whose outcome ends it.
ALTER TABLE involvement ADD COLUMN referral_id UUID REFERENCES referral (id);
-- The end for which notices were sent. A renewal moves the end, and notices are sent again before the new one.
ALTER TABLE involvement ADD COLUMN notified_of_end_at TIMESTAMPTZ;
CREATE INDEX involvement_of_referral ON involvement (referral_id) WHERE referral_id IS NOT NULL;
CREATE INDEX involvement_by_end ON involvement (ends_at) WHERE kind = 'allocated';

CREATE TABLE involvement_renewal (
  involvement_id UUID NOT NULL REFERENCES involvement (id),
  version INTEGER NOT NULL,
  renewed_by UUID NOT NULL REFERENCES worker (id),
  renewed_at TIMESTAMPTZ NOT NULL,
  ended_at_before TIMESTAMPTZ NOT NULL,
  ends_at TIMESTAMPTZ NOT NULL,
  reason_sealed BYTEA NOT NULL,
  PRIMARY KEY (involvement_id, version)
);

CREATE TRIGGER involvement_renewal_keeps BEFORE UPDATE ON involvement_renewal FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER involvement_renewal_stays BEFORE DELETE ON involvement_renewal FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER involvement_renewal_whole BEFORE TRUNCATE ON involvement_renewal FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
