-- Restores the former code.
UPDATE entry SET codes = replace(codes, 'child_on_child', 'peer_on_peer') WHERE kind = 'concern' AND codes LIKE '%child_on_child%';
DROP TRIGGER entry_version_keeps;
UPDATE entry_version SET codes = replace(codes, 'child_on_child', 'peer_on_peer') WHERE codes LIKE '%child_on_child%';
CREATE TRIGGER entry_version_keeps BEFORE UPDATE ON entry_version BEGIN SELECT RAISE(ABORT, 'entry_version is append-only'); END;
