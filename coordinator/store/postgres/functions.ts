/** The functions that write as the leader of a term. They are part of released steps in `migrations.ts` and are never edited. */

export const WRITE_FUNCTIONS = `\
  -- The lock keeps another coordinator from taking the lead before this transaction ends.
  CREATE FUNCTION hold_lead(mine bigint) RETURNS void LANGUAGE plpgsql AS $body$
  BEGIN
    PERFORM 1 FROM lead WHERE term = mine FOR SHARE;
    IF NOT FOUND THEN RAISE EXCEPTION 'another coordinator leads' USING ERRCODE = 'SY001'; END IF;
  END $body$;

  -- One statement as the leader of this term; the number of its rows.
  CREATE FUNCTION write_rows(mine bigint, statement text, given jsonb) RETURNS bigint LANGUAGE plpgsql AS $body$
  DECLARE touched bigint;
  BEGIN
    PERFORM hold_lead(mine);
    EXECUTE statement USING given;
    GET DIAGNOSTICS touched = ROW_COUNT;
    RETURN touched;
  END $body$;

  -- A batch: each part is a list of [number of its statement, row]. A part that fails leaves nothing, and says why.
  CREATE FUNCTION write_parts(mine bigint, statements text[], parts jsonb) RETURNS jsonb LANGUAGE plpgsql AS $body$
  DECLARE
    part jsonb;
    one jsonb;
    made bigint;
    ids bigint[];
    results jsonb[] := '{}';
  BEGIN
    PERFORM hold_lead(mine);
    FOR part IN SELECT value FROM jsonb_array_elements(parts) LOOP
      BEGIN
        ids := '{}';
        FOR one IN SELECT value FROM jsonb_array_elements(part) LOOP
          EXECUTE statements[(one ->> 0)::integer + 1] INTO made USING one -> 1;
          IF made IS NOT NULL THEN ids := ids || made; END IF;
        END LOOP;
        SET CONSTRAINTS ALL IMMEDIATE;
        SET CONSTRAINTS ALL DEFERRED;
        results := results || jsonb_build_object('ids', to_jsonb(ids));
      EXCEPTION WHEN OTHERS THEN
        results := results || jsonb_build_object('code', SQLSTATE, 'message', SQLERRM);
      END;
    END LOOP;
    RETURN to_jsonb(results);
  END $body$;
`;

export const APPEND_FUNCTION = `\
  CREATE FUNCTION append_output(
    mine bigint, days date[], ids text[], offsets bigint[], pieces bytea[], ats bigint[]
  ) RETURNS void LANGUAGE plpgsql AS $body$
  DECLARE
    one date;
    name text;
  BEGIN
    PERFORM hold_lead(mine);
    FOR one IN SELECT DISTINCT unnest(days) LOOP
      name := 'output_' || to_char(one, 'YYYYMMDD');
      IF to_regclass(name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF output FOR VALUES FROM (%L) TO (%L)', name, one, one + 1);
      END IF;
    END LOOP;
    INSERT INTO output (day, command_id, at_byte, bytes, arrived_at) SELECT * FROM unnest(days, ids, offsets, pieces, ats);
  END $body$;
`;
