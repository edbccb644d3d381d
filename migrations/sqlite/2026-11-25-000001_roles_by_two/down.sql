DROP TABLE role_handover;
DROP TABLE way_in;
