-- Exploitation by other children has one code, child_on_child, in what was recorded before too. What is sealed is read
-- with either word. Versions are not changed otherwise, so their trigger is away for this statement alone.
UPDATE entry SET codes = replace(codes, 'peer_on_peer', 'child_on_child') WHERE kind = 'concern' AND codes LIKE '%peer_on_peer%';
DROP TRIGGER entry_version_keeps ON entry_version;
UPDATE entry_version SET codes = replace(codes, 'peer_on_peer', 'child_on_child') WHERE codes LIKE '%peer_on_peer%';
CREATE TRIGGER entry_version_keeps BEFORE UPDATE ON entry_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
