ALTER TABLE cases ADD COLUMN search TSVECTOR;
CREATE INDEX cases_search ON cases USING GIN (search);
