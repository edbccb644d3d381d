DROP TABLE suppressed_look;
DROP TABLE notice_suppression;
