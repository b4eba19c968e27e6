/**
 * What a database of Redshift has that one of PostgreSQL has not: types, functions, system views. Sources: database developer
 * guide, "System tables and views reference", "SUPER type", "JSON_PARSE", "JSON_SERIALIZE_TO_VARBYTE".
 */
export const redshiftObjects = `
  CREATE DOMAIN public.super AS jsonb;
  CREATE DOMAIN public.varbyte AS bytea;
  CREATE FUNCTION public.json_parse(bytea) RETURNS super LANGUAGE sql IMMUTABLE STRICT
    AS $$ SELECT convert_from($1, 'UTF8')::jsonb $$;
  CREATE FUNCTION public.json_parse(text) RETURNS super LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT $1::jsonb $$;
  CREATE FUNCTION public.json_serialize_to_varbyte(jsonb) RETURNS varbyte LANGUAGE sql IMMUTABLE STRICT
    AS $$ SELECT convert_to($1::text, 'UTF8') $$;
  CREATE VIEW public.stv_sessions AS SELECT pid AS process, backend_start AT TIME ZONE 'UTC' AS starttime,
    usename AS user_name, datname AS db_name FROM pg_stat_activity;
  CREATE VIEW public.svv_relation_privileges AS
    SELECT n.nspname::text AS namespace_name, c.relname::text AS relation_name, a.privilege_type, a.grantee AS identity_id,
      CASE WHEN a.grantee = 0 THEN 'public' ELSE pg_get_userbyid(a.grantee)::text END AS identity_name,
      CASE WHEN a.grantee = 0 THEN 'public' ELSE 'user' END AS identity_type, a.is_grantable AS admin_option
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a WHERE a.grantee <> c.relowner;
  CREATE VIEW public.svv_column_privileges AS
    SELECT n.nspname::text AS namespace_name, c.relname::text AS relation_name, t.attname::text AS column_name,
      a.privilege_type, a.grantee AS identity_id,
      CASE WHEN a.grantee = 0 THEN 'public' ELSE pg_get_userbyid(a.grantee)::text END AS identity_name,
      CASE WHEN a.grantee = 0 THEN 'public' ELSE 'user' END AS identity_type
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute t ON t.attrelid = c.oid,
      aclexplode(t.attacl) a;
  CREATE TABLE public.svv_rls_attached_policy (relschema text, relname text);
  CREATE TABLE public.svv_attached_masking_policy (schema_name text, table_name text);
  GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC`
