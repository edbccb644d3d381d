-- Exploitation by other children has one code, child_on_child, including in earlier recordings. Sealed text is read
-- with either code. Versions are never changed otherwise, so their trigger is removed for this statement only.
UPDATE entry SET codes = replace(codes, 'peer_on_peer', 'child_on_child') WHERE kind = 'concern' AND codes LIKE '%peer_on_peer%';
DROP TRIGGER entry_version_keeps ON entry_version;
UPDATE entry_version SET codes = replace(codes, 'peer_on_peer', 'child_on_child') WHERE codes LIKE '%peer_on_peer%';
CREATE TRIGGER entry_version_keeps BEFORE UPDATE ON entry_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
