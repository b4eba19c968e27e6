import type {
  Dialect,
  EdgeGroup,
  EdgeRow,
  FunctionDefinition,
  Printer,
} from '../../packages/etl/src/function/contract.ts'
import { nameQuoting, sqlLiteral } from '../../packages/etl/src/function/dialect.ts'
import { printExpression, printModifiers } from '../../packages/etl/src/function/print.ts'
import {
  argInfo,
  resolveAggregate,
  resolveCall,
  resolveWindow,
} from '../../packages/etl/src/function/resolve.ts'
import type { Expression, LiteralValue, SortKey } from '../../packages/etl/src/plan/expression.ts'
import { int32, type LogicalType, sameType, typeName } from '../../packages/etl/src/plan/type.ts'

/** One statement that puts edge rows to a dialect: columns `i` (order of the answers) and `v`. */
export interface Probe {
  /** Which way the rows are asked: `literal`, `column`, `alone`, `grouped`, `windowed`. */
  readonly mode: string
  readonly sql: string
  readonly type: LogicalType
  /** The printed call where it stands alone, with literals for arguments: what the statement selects. */
  readonly call?: string
  /** The values of `v` in the order of `i`; absent when the statement must fail. */
  readonly out?: readonly LiteralValue[]
}

/** Prints calls of a function in a dialect; `attempt` stands in for the printing of a refused function. */
export interface ProbeOptions {
  readonly dialect: Dialect
  readonly attempt?: Printer
}

const column = (name: string, type: LogicalType): Expression => ({
  kind: 'column',
  name,
  type,
  nullable: true,
})
const literal = (value: LiteralValue, type: LogicalType): Expression => ({
  kind: 'literal',
  value,
  type,
  nullable: value === null,
})
const byOrder: SortKey = { expression: column('o', int32), direction: 'asc', nulls: 'last' }
const byPart = column('r', int32)

function resolved(result: ReturnType<typeof resolveCall>, group: EdgeGroup): Expression {
  if ('problem' in result) throw new Error(result.problem)
  const { type } = result.expression
  if (!sameType(type, group.result)) {
    throw new Error(`the inferred type is ${typeName(type)}, the edge rows say ${typeName(group.result)}`)
  }
  return result.expression
}

function printed(e: Expression, { dialect, attempt }: ProbeOptions): string {
  if (attempt === undefined || e.kind === 'column' || e.kind === 'literal') return printExpression(e, dialect)
  const args = e.args.map((a) => printExpression(a, dialect))
  return attempt(args, { args: e.args.map(argInfo), type: e.type, modifiers: printModifiers(e, dialect) })
}

/** A relation `t` of typed rows, computed before the query that reads it, so that no argument is a constant. */
function relation(
  names: readonly string[],
  types: readonly LogicalType[],
  rows: readonly (readonly LiteralValue[])[],
  dialect: Dialect,
): string {
  const value = (row: readonly LiteralValue[]): string =>
    types.map((t, i) => sqlLiteral(row[i] ?? null, t, dialect)).join(', ')
  const body =
    rows.length === 0
      ? `SELECT ${value([])} WHERE FALSE`
      : `VALUES ${rows.map((row) => `(${value(row)})`).join(', ')}`
  // Spark has no word for it: its peer switches off the rule that would compute inline rows while planning.
  const as = dialect === 'spark' ? 'AS' : 'AS MATERIALIZED'
  return `WITH t(${names.map(nameQuoting[dialect]).join(', ')}) ${as} (${body})`
}

function literalProbe(f: FunctionDefinition, group: EdgeGroup, row: EdgeRow, options: ProbeOptions): Probe {
  const args = (row.in as readonly LiteralValue[]).map((v, i) => literal(v, group.types[i] ?? int32))
  const e = resolved(resolveCall(f.name, args), group)
  if (!e.nullable && row.out === null)
    throw new Error(`promises never to be NULL for ${JSON.stringify(row.in)}`)
  const call = printed(e, options)
  return {
    mode: 'literal',
    sql: `SELECT 0 AS i, ${call} AS v`,
    call,
    type: group.result,
    ...(row.fails === true ? {} : { out: [row.out ?? null] }),
  }
}

/** Whether a position takes constants only; a variadic last parameter stands for all positions behind it. */
const isConstant = (f: FunctionDefinition, group: EdgeGroup, index: number): boolean =>
  (f.params[index] ?? f.params.at(-1))?.constant === true || group.constantArgs?.includes(index) === true

function columnProbe(
  f: FunctionDefinition,
  group: EdgeGroup,
  rows: readonly EdgeRow[],
  options: ProbeOptions,
): Probe {
  const values = rows.map((r) => r.in as readonly LiteralValue[])
  const first = values[0] ?? []
  const args = first.map((v, i) => {
    const type = group.types[i] ?? int32
    return isConstant(f, group, i) ? literal(v, type) : column(`a${i}`, type)
  })
  const e = resolved(resolveCall(f.name, args), group)
  const names = ['i', ...first.map((_, i) => `a${i}`)]
  const types = [int32, ...group.types.slice(0, first.length)]
  const t = relation(
    names,
    types,
    values.map((v, i) => [String(i), ...v]),
    options.dialect,
  )
  const sql = `${t} SELECT i, ${printed(e, options)} AS v FROM t`
  const fails = rows.some((r) => r.fails === true)
  return {
    mode: 'column',
    sql,
    type: group.result,
    ...(fails ? {} : { out: rows.map((r) => r.out ?? null) }),
  }
}

function scalarProbes(f: FunctionDefinition, group: EdgeGroup, options: ProbeOptions): Probe[] {
  const batches = new Map<string, EdgeRow[]>()
  for (const [index, row] of group.rows.entries()) {
    const constants = row.in.filter((_, i) => isConstant(f, group, i))
    const key = JSON.stringify([row.fails === true ? index : '', row.in.length, constants])
    batches.set(key, [...(batches.get(key) ?? []), row])
  }
  return [
    ...group.rows.map((row) => literalProbe(f, group, row, options)),
    ...[...batches.values()].map((rows) => columnProbe(f, group, rows, options)),
  ]
}

interface Input {
  readonly part: number
  readonly row: EdgeRow
  readonly values: readonly (readonly LiteralValue[])[]
}

function rowsProbe(
  f: FunctionDefinition,
  group: EdgeGroup,
  mode: string,
  inputs: readonly Input[],
  options: ProbeOptions,
): Probe {
  const constants = group.constants ?? []
  const varying = group.types.slice(0, group.types.length - constants.length)
  const args = [
    ...varying.map((type, i) => column(`a${i}`, type)),
    ...constants.map((v, i) => literal(v, group.types[varying.length + i] ?? int32)),
  ]
  const whole = { from: null, to: null }
  const asWindow = { partition: [byPart], order: [byOrder], ...(f.kind === 'window' ? {} : { frame: whole }) }
  const asGroup = f.ordered === true ? { order: [byOrder] } : {}
  const overRows = mode === 'windowed'
  const e = resolved(
    overRows ? resolveWindow(f.name, args, asWindow) : resolveAggregate(f.name, args, asGroup),
    group,
  )
  const names = ['i', 'r', 'o', ...varying.map((_, i) => `a${i}`)]
  const rows = inputs.flatMap(({ part, row, values }) =>
    values.map((v, n) => [
      String(part * 1000 + n),
      String(part),
      row.order === undefined ? String(n) : (row.order[n] ?? null),
      ...v,
    ]),
  )
  const t = relation(names, [int32, int32, int32, ...varying], rows, options.dialect)
  const answer = printed(e, options)
  const tail = {
    alone: `SELECT 0 AS i, ${answer} AS v FROM t`,
    grouped: `SELECT r AS i, ${answer} AS v FROM t GROUP BY r`,
  }
  const sql = `${t} ${overRows ? `SELECT i, ${answer} AS v FROM t` : tail[mode === 'alone' ? 'alone' : 'grouped']}`
  const answers = inputs.flatMap(({ row, values }): readonly LiteralValue[] => {
    if (f.kind === 'window') return row.out as readonly LiteralValue[]
    return overRows ? values.map(() => row.out ?? null) : [row.out ?? null]
  })
  const fails = inputs.some(({ row }) => row.fails === true)
  return { mode, sql, type: group.result, ...(fails ? {} : { out: answers }) }
}

function rowsProbes(f: FunctionDefinition, group: EdgeGroup, options: ProbeOptions): Probe[] {
  const inputs = group.rows.map((row, part): Input => {
    return { part, row, values: row.in as readonly (readonly LiteralValue[])[] }
  })
  const sound = inputs.filter(({ row, values }) => row.fails !== true && values.length > 0)
  const probes: Probe[] = []
  if (f.kind === 'aggregate') {
    probes.push(...inputs.map((input) => rowsProbe(f, group, 'alone', [input], options)))
    if (sound.length > 0) probes.push(rowsProbe(f, group, 'grouped', sound, options))
  }
  if (f.groupsOnly !== true && sound.length > 0) probes.push(rowsProbe(f, group, 'windowed', sound, options))
  return probes
}

/**
 * The statements that put every edge row of a function to a dialect: scalar rows as literals and as columns, aggregate rows
 * alone, in groups and over windows, window rows in partitions. Fails when the inferred type is not the promised one.
 */
export function probesOf(f: FunctionDefinition, options: ProbeOptions): Probe[] {
  return f.edges.flatMap((group) =>
    f.kind === 'scalar' ? scalarProbes(f, group, options) : rowsProbes(f, group, options),
  )
}
