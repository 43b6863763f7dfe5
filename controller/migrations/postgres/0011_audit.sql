-- The audit log: who did what, when, to what. Rows are only ever added; each holds the hash of itself and of the row
-- before it, and the head holds the last one, so that a row that was changed, taken out or put in is found
-- (controller/docs/audit.md). The triggers stop mistakes; whoever owns the tables can drop them, and the hashes tell.

CREATE TABLE audit (
    id BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C",
    action TEXT COLLATE "C" NOT NULL,
    object TEXT COLLATE "C" NOT NULL,
    area BIGINT,
    hall BIGINT,
    details TEXT NOT NULL,
    is_ok BOOLEAN NOT NULL,
    hash TEXT COLLATE "C" NOT NULL
);

CREATE INDEX audit_by_action ON audit (action, id);
CREATE INDEX audit_by_time ON audit (at, id);

CREATE TABLE audit_head (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    id BIGINT NOT NULL,
    hash TEXT COLLATE "C" NOT NULL
);

INSERT INTO audit_head (one, id, hash)
VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only ever added to';
END
$$;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_refuse();
