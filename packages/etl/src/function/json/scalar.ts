/**
 * How the text of scalars is taken out of JSON documents.
 *
 * DuckDB reads numbers with a fraction into binary floating point, which keeps 15 significant digits and not the way they
 * were written; PostgreSQL keeps all digits. What both know for sure is the number without trailing zeros, up to 15
 * digits; whole numbers both keep to the last digit.
 */

/**
 * Prints `body` over the JSON text of the value at a path (a printed literal), which DuckDB then takes out once: it does not
 * share common expressions inside CASE. `n` is that text, NULL where nothing is.
 */
export function withValueDuckdb(x: string, path: string, body: (n: string) => string): string {
  return `list_extract(list_transform([CAST(json_extract(${x}, ${path}) AS VARCHAR)], lambda n: ${body('n')}), 1)`
}

/** True when a number written with a point has at most 15 significant digits; most are too short to be counted. */
export function exactDuckdb(n: string): string {
  return `(strlen(${n}) <= 16 OR strlen(ltrim(regexp_replace(${n}, '[.]0$|[.-]', '', 'g'), '0')) <= 15)`
}

const plainDuckdb = (n: string): string =>
  `WHEN regexp_full_match(${n}, '-?[0-9]+') THEN ${n}` +
  ` WHEN regexp_full_match(${n}, '-?[0-9]+[.][0-9]+') AND ${exactDuckdb(n)}` +
  ` THEN CASE WHEN ${n} = '-0.0' THEN '0' WHEN ends_with(${n}, '.0') THEN left(${n}, -2) ELSE ${n} END`

/** The text of a text, number, true or false at a path, NULL for everything else. */
export function textDuckdb(x: string, path: string): string {
  const e = `json_extract_string(${x}, ${path})`
  // Only what looks like an object, an array or a number with a fraction has to be looked at twice.
  const doubtful = `regexp_matches(${e}, '^[{\\[]|^-?[0-9]+[.eE]')`
  const second = withValueDuckdb(
    x,
    path,
    (n) => `CASE WHEN starts_with(${n}, '"') THEN json_extract_string(${n}, '$') ${plainDuckdb(n)} END`,
  )
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
  return `(CASE WHEN strpos(${t}, '.') = 0 OR ${t} !~ '^-?0[.]000000' AND length(ltrim(translate(${t}, '-.', ''), '0')) <= 15 THEN ${t} END)`
}

/** The text of the text, number, true or false in a jsonb value, NULL for everything else. */
export function textPostgres(j: string): string {
  return `(CASE jsonb_typeof(${j}) WHEN 'string' THEN ${j} #>> '{}' WHEN 'boolean' THEN ${j} #>> '{}' WHEN 'number' THEN ${numberPostgres(j)} END)`
}
