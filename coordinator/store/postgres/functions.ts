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

export const INSERT_OUTPUT_FUNCTIONS = `\
  -- Attaching locks out neither readers nor writers of other days. CREATE TABLE ... PARTITION OF would wait for every reader.
  CREATE FUNCTION make_output_day(one date) RETURNS void LANGUAGE plpgsql AS $body$
  DECLARE name text := 'output_' || to_char(one, 'YYYYMMDD');
  BEGIN
    IF to_regclass(name) IS NOT NULL THEN RETURN; END IF;
    EXECUTE format('CREATE TABLE %I (LIKE output INCLUDING ALL)', name);
    EXECUTE format('ALTER TABLE output ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, one, one + 1);
  END $body$;

  -- Rows of one number in appends belong together. A refused append leaves nothing; the result is a list of these, with the reasons.
  CREATE FUNCTION insert_output(
    appends integer[], days date[], ids text[], offsets bigint[], pieces bytea[], ats bigint[]
  ) RETURNS jsonb LANGUAGE plpgsql AS $body$
  DECLARE
    one integer;
    refused jsonb := '[]';
  BEGIN
    BEGIN
      PERFORM make_output_day(day) FROM (SELECT DISTINCT unnest(days) AS day) AS made;
      INSERT INTO output (day, command_id, at_byte, bytes, arrived_at) SELECT * FROM unnest(days, ids, offsets, pieces, ats);
      RETURN refused;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    FOR one IN SELECT DISTINCT unnest(appends) LOOP
      BEGIN
        PERFORM make_output_day(days[place]) FROM generate_subscripts(appends, 1) AS place WHERE appends[place] = one;
        INSERT INTO output (day, command_id, at_byte, bytes, arrived_at)
          SELECT day, id, at_byte, piece, at
          FROM unnest(appends, days, ids, offsets, pieces, ats) AS row(append, day, id, at_byte, piece, at) WHERE append = one;
      EXCEPTION WHEN OTHERS THEN
        refused := refused || jsonb_build_array(jsonb_build_object('append', one, 'code', SQLSTATE, 'message', SQLERRM));
      END;
    END LOOP;
    RETURN refused;
  END $body$;

  DROP FUNCTION append_output(bigint, date[], text[], bigint[], bytea[], bigint[]);
  CREATE FUNCTION append_output(
    mine bigint, appends integer[], days date[], ids text[], offsets bigint[], pieces bytea[], ats bigint[]
  ) RETURNS jsonb LANGUAGE plpgsql AS $body$
  BEGIN
    PERFORM hold_lead(mine);
    RETURN insert_output(appends, days, ids, offsets, pieces, ats);
  END $body$;
`;

export const WRITE_TOGETHER_FUNCTION = `\
  -- The rows of many parts: a list of [number of its statement, rows]. The ids that the statements made, in order; or why nothing is stored.
  CREATE FUNCTION write_together(mine bigint, statements text[], pieces jsonb) RETURNS jsonb LANGUAGE plpgsql AS $body$
  DECLARE
    piece jsonb;
    made bigint;
    ids bigint[] := '{}';
  BEGIN
    PERFORM hold_lead(mine);
    BEGIN
      FOR piece IN SELECT value FROM jsonb_array_elements(pieces) LOOP
        FOR made IN EXECUTE statements[(piece ->> 0)::integer + 1] USING piece -> 1 LOOP
          IF made IS NOT NULL THEN ids := ids || made; END IF;
        END LOOP;
      END LOOP;
      SET CONSTRAINTS ALL IMMEDIATE;
      RETURN jsonb_build_object('ids', to_jsonb(ids));
    EXCEPTION WHEN OTHERS THEN
      RETURN jsonb_build_object('code', SQLSTATE, 'message', SQLERRM);
    END;
  END $body$;
`;
