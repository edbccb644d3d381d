DROP TABLE unusual_access;
DROP TABLE activity_seen;
DROP TABLE activity;
