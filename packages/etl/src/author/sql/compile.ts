import { type Diagnostic, EtlError } from '../../base/errors.ts'
import type { Node, ScanNode, SqlNode } from '../../plan/node.ts'
import type { Field, LogicalType, Schema } from '../../plan/type.ts'
import type { SqlQuery } from '../table.ts'
import type { QueryAst, SerializedSql } from './ast.ts'
import { importType } from '../../engine/duckdb/imported-type.ts'
import { ownNamesIn } from './own-names.ts'
import { parseSql, type PreparedColumn, prepareSql, type SqlFailure, unstableFunctions } from './parser.ts'
import { duckdbOnlyReason } from './portability.ts'
import { positionAt, queryDiagnostic } from './position.ts'
import { translateQuery } from './query.ts'
import { refusalsOf } from './refusals.ts'

/** A query as a plan, or what is wrong with it. */
export type CompiledQuery = { readonly root: Node } | { readonly diagnostics: readonly Diagnostic[] }

const failed = (...diagnostics: Diagnostic[]): CompiledQuery => ({ diagnostics })

function scans(query: SqlQuery, schemas: ReadonlyMap<string, Schema>): ReadonlyMap<string, ScanNode> {
  return new Map(
    query.tables.map(({ relation, table }) => [
      relation.toLowerCase(),
      { kind: 'scan', input: table.name, schema: schemas.get(relation) ?? [] },
    ]),
  )
}

function bindDiagnostic(query: SqlQuery, failure: SqlFailure): Diagnostic {
  return queryDiagnostic(query, 'sql.invalid', failure.message, {
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    ...(failure.position === undefined ? {} : { location: failure.position }),
  })
}

function parseDiagnostic(query: SqlQuery, parsed: Extract<SerializedSql, { error: true }>): Diagnostic {
  if (parsed.error_type !== 'parser') {
    return queryDiagnostic(query, 'sql.refused', 'only one SELECT is allowed here', {
      hint: 'Declare what should be computed; writing is what a table does.',
    })
  }
  const location = parsed.position === undefined ? {} : { location: Number(parsed.position) }
  return queryDiagnostic(query, 'sql.invalid', parsed.error_message, location)
}

/** Converts the binder's columns to a schema, or says which columns the plan cannot hold. */
function importSchema(query: SqlQuery, columns: readonly PreparedColumn[]): Schema | readonly Diagnostic[] {
  const problems: Diagnostic[] = []
  const seen = new Set<string>()
  const fields = columns.map(({ name, type }): Field => {
    const lower = name.toLowerCase()
    if (seen.has(lower)) {
      const hint = 'Give one of them another name with AS, or leave it out.'
      problems.push(
        queryDiagnostic(query, 'plan.duplicate-column', `two columns of the query are called "${lower}"`, {
          hint,
        }),
      )
    }
    seen.add(lower)
    const imported = importType(type)
    if ('type' in imported) return { name: lower, type: imported.type, nullable: true }
    problems.push(
      queryDiagnostic(
        query,
        'sql.unsupported-type',
        `column "${lower}" is ${type.toString()}; ${imported.problem}`,
        {
          hint: `Write ${imported.cast.replace('x', lower)}.`,
        },
      ),
    )
    return { name: lower, type: { kind: 'text' }, nullable: true }
  })
  return problems.length > 0 ? problems : fields
}

const family = (type: LogicalType): string => {
  if (['int8', 'int16', 'int32', 'int64', 'uint64'].includes(type.kind)) return 'exact.0'
  return type.kind === 'decimal' ? `exact.${type.scale}` : type.kind
}

/** The first column whose values would differ from DuckDB's own; widths of exact numbers may differ. */
function differingColumn(schema: Schema, expected: Schema): string | undefined {
  return schema.find((f, i) => expected[i] === undefined || family(f.type) !== family(expected[i].type))?.name
}

function opaque(
  query: SqlQuery,
  schemas: ReadonlyMap<string, Schema>,
  schema: Schema,
  reason: string,
): SqlNode {
  const relations = scans(query, schemas)
  return {
    kind: 'sql',
    // The line break ends a comment that the text may end in.
    sql: `${query.text.trim().replace(/;\s*$/, '')}\n`,
    inputs: query.tables.flatMap(({ relation }) => {
      const node = relations.get(relation.toLowerCase())
      return node === undefined ? [] : [{ name: relation, node }]
    }),
    reason,
    schema,
  }
}

function describe(query: SqlQuery, reason: string, location: number): string {
  const { line, column } = positionAt(query.text, location)
  return location === 0 ? reason : `${reason} at ${line}:${column}`
}

/** The query in nodes, or why it has none. */
type Translation = { readonly root: Node } | { readonly reason: string; readonly location: number }

function translation(
  query: SqlQuery,
  ast: QueryAst,
  schemas: ReadonlyMap<string, Schema>,
  names: readonly string[],
): Translation {
  try {
    const environment = { relations: scans(query, schemas), query: translateQuery }
    return { root: translateQuery(ast, environment, names) }
  } catch (error) {
    const found = duckdbOnlyReason(error)
    if (found === undefined) throw error
    return found
  }
}

/** A query that calls catalogue-only functions must be nodes throughout: no engine could run its text. */
function ownOnly(query: SqlQuery, result: Translation, own: readonly string[]): CompiledQuery {
  if ('root' in result) return result
  return failed(
    queryDiagnostic(query, 'sql.duckdb-only', result.reason, {
      hint: `DuckDB has no ${own.join(', ')}, so the rest of the query must be in the catalogue too.`,
      ...(result.location === 0 ? {} : { location: result.location }),
    }),
  )
}

function orOpaque(
  query: SqlQuery,
  result: Translation,
  schemas: ReadonlyMap<string, Schema>,
  typed: Schema,
): Node {
  if ('reason' in result)
    return opaque(query, schemas, typed, describe(query, result.reason, result.location))
  const differing = differingColumn(result.root.schema, typed)
  if (differing === undefined) return result.root
  return opaque(query, schemas, typed, `column "${differing}" has another type in the catalogue's meaning`)
}

async function compileParsed(
  query: SqlQuery,
  parsed: SerializedSql,
  schemas: ReadonlyMap<string, Schema>,
): Promise<CompiledQuery> {
  if (parsed.error) return failed(parseDiagnostic(query, parsed))
  const [statement] = parsed.statements
  if (statement === undefined || parsed.statements.length !== 1) {
    return failed(
      queryDiagnostic(query, 'sql.refused', `expected one statement, found ${parsed.statements.length}`),
    )
  }
  const refusals = refusalsOf(query, statement.node, schemas, await unstableFunctions())
  if (refusals.length > 0) return { diagnostics: refusals }
  const own = ownNamesIn(statement.node)
  const prepared = await prepareSql(query.text, schemas, own)
  if ('kind' in prepared) return failed(bindDiagnostic(query, prepared))
  const imported = importSchema(query, prepared)
  const problems = imported.filter((t) => 'code' in t)
  if (problems.length > 0) return { diagnostics: problems }
  const typed = imported.filter((t) => 'nullable' in t)
  const names = typed.map((f) => f.name)
  const result = translation(query, statement.node, schemas, names)
  return own.length > 0 ? ownOnly(query, result, own) : { root: orOpaque(query, result, schemas, typed) }
}

const parsedQueries = new WeakMap<SqlQuery, SerializedSql>()

/**
 * Parses queries ahead of their compilation, all in one go; `compileQuery` then finds them parsed. Planning a project
 * whose queries can only be compiled one after the other saves most of the parsing so. Never fails for a bad query.
 */
export async function parseQueries(queries: readonly SqlQuery[]): Promise<void> {
  const open = [...new Set(queries)].filter((q) => !parsedQueries.has(q))
  if (open.length === 0) return
  const trees = await parseSql(open.map((q) => q.text))
  for (const [i, tree] of trees.entries()) {
    const query = open[i]
    if (query !== undefined) parsedQueries.set(query, tree)
  }
}

/** One query of a project with the schemas of the relations it names. */
export interface QueryToCompile {
  readonly query: SqlQuery
  /** By relation name, as in `query.tables`. */
  readonly schemas: ReadonlyMap<string, Schema>
}

/**
 * Compiles one query to a plan.
 *
 * `schemas` holds the columns of each relation that the query names. The result is a plan whose scans are named after
 * the tables and whose columns are lower case, or the query's diagnostics (`sql.interpolation`, `sql.invalid`,
 * `sql.refused`, `sql.unsupported-type`, `plan.duplicate-column`). What the catalogue and the nodes cannot say stays one
 * `sql` node with the reason; it runs on DuckDB only. One to two milliseconds.
 */
export async function compileQuery(
  query: SqlQuery,
  schemas: ReadonlyMap<string, Schema>,
): Promise<CompiledQuery> {
  if (query.problems !== undefined) return { diagnostics: query.problems }
  await parseQueries([query])
  const tree = parsedQueries.get(query)
  if (tree === undefined) throw new EtlError('bug.unreachable', 'the query was not parsed')
  return compileParsed(query, tree, schemas)
}

/** Compiles queries, in order; mistakes of one do not hide those of another. See `compileQuery`. */
export async function compileQueries(queries: readonly QueryToCompile[]): Promise<{
  readonly results: readonly CompiledQuery[]
  readonly diagnostics: readonly Diagnostic[]
}> {
  await parseQueries(queries.map((q) => q.query))
  const results = await Promise.all(queries.map(({ query, schemas }) => compileQuery(query, schemas)))
  return { results, diagnostics: results.flatMap((r) => ('diagnostics' in r ? r.diagnostics : [])) }
}
