DROP TABLE sanitised_line;
DROP TABLE disclosure_request;
DROP TABLE named_reader;
ALTER TABLE child DROP COLUMN has_partner_information;
