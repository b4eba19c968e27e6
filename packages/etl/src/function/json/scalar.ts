/**
 * How the text of scalars is taken out of JSON documents.
 *
 * DuckDB reads numbers with a fraction into binary floating point, which keeps 15 significant digits and not the way they
 * were written; PostgreSQL keeps all digits. What both know for sure is the number without trailing zeros, up to 15
 * digits; whole numbers both keep to the last digit.
 */

const duckdbNumbers = `('UBIGINT', 'BIGINT', 'HUGEINT', 'UHUGEINT', 'DOUBLE')`

const plainDuckdb = (e: string): string =>
  `CASE WHEN regexp_full_match(${e}, '-?[0-9]+') THEN ${e}` +
  ` WHEN regexp_full_match(${e}, '-?[0-9]+[.][0-9]+') AND strlen(ltrim(regexp_replace(${e}, '[.]0$|[.-]', '', 'g'), '0')) <= 15` +
  ` THEN CASE WHEN ${e} = '-0.0' THEN '0' ELSE regexp_replace(${e}, '[.]0$', '') END END`

/** The plain digits of a number at a path (a printed literal), NULL when there is no number. */
export function numberDuckdb(x: string, path: string): string {
  const e = `json_extract_string(${x}, ${path})`
  return `(CASE WHEN json_type(${x}, ${path}) IN ${duckdbNumbers} THEN ${plainDuckdb(e)} END)`
}

/** The text of a text, number, true or false at a path, NULL for everything else. */
export function textDuckdb(x: string, path: string): string {
  const e = `json_extract_string(${x}, ${path})`
  // Only what looks like an object, an array or a number with a fraction has to be looked at twice.
  const doubtful = `regexp_matches(${e}, '^[{\\[]|^-?[0-9]+[.eE]')`
  const second = `CASE json_type(${x}, ${path}) WHEN 'VARCHAR' THEN ${e} WHEN 'DOUBLE' THEN ${plainDuckdb(e)} END`
  return `(CASE WHEN ${doubtful} THEN ${second} ELSE ${e} END)`
}

const numeric = (j: string): string => `(${j} #>> '{}')::numeric`

/** The number in a jsonb value, NULL when it holds none. */
export function numericPostgres(j: string): string {
  return `(CASE WHEN jsonb_typeof(${j}) = 'number' THEN ${numeric(j)} END)`
}

/** The plain digits of the number in a jsonb value, NULL when it holds none. */
export function numberPostgres(j: string): string {
  const t = `trim_scale(${numericPostgres(j)})::text`
  return `(CASE WHEN strpos(${t}, '.') = 0 OR length(ltrim(translate(${t}, '-.', ''), '0')) <= 15 THEN ${t} END)`
}

/** The text of the text, number, true or false in a jsonb value, NULL for everything else. */
export function textPostgres(j: string): string {
  return `(CASE jsonb_typeof(${j}) WHEN 'string' THEN ${j} #>> '{}' WHEN 'boolean' THEN ${j} #>> '{}' WHEN 'number' THEN ${numberPostgres(j)} END)`
}
