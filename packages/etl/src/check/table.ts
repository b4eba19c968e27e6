import type { TableDeclaration } from '../author/table.ts'
import type { Diagnostic } from '../base/errors.ts'
import { type Node, walkNode } from '../plan/node.ts'
import { isReservedName } from '../plan/reserved-name.ts'
import { findField, type Schema } from '../plan/type.ts'
import { declaredProblems } from './declared-columns.ts'
import { partitionProblems } from './partition.ts'

type Problem = Pick<Diagnostic, 'code' | 'message' | 'hint'> & Partial<Pick<Diagnostic, 'severity'>>

function columnProblems(schema: Schema): Problem[] {
  const seen = new Set<string>()
  const problems: Problem[] = []
  for (const { name } of schema) {
    if (seen.has(name.toLowerCase())) {
      problems.push({
        code: 'plan.duplicate-column',
        message: `two columns of the table are named "${name}"`,
      })
    }
    seen.add(name.toLowerCase())
  }
  if (schema.length === 0) problems.push({ code: 'config.invalid', message: 'the table has no column' })
  return problems
}

/** Columns on any way to the table's own that engines would take for theirs. */
function nameProblems(schema: Schema, root: Node | undefined): Problem[] {
  const names = new Set(schema.map((f) => f.name))
  if (root !== undefined) walkNode(root, (node) => node.schema.forEach((f) => names.add(f.name)))
  return [...names].filter(isReservedName).map((name) => ({
    code: 'plan.reserved-name',
    message: `engines use the name "${name}" for columns of their own`,
    hint: `Take another name; a source finds the column by { from: '${name}' }.`,
  }))
}

function keyProblems(key: readonly string[], schema: Schema): Problem[] {
  const problems: Problem[] = []
  if (key.length === 0) problems.push({ code: 'config.invalid', message: 'the key names no column' })
  for (const [index, name] of key.entries()) {
    if (key.indexOf(name) < index) {
      problems.push({ code: 'config.invalid', message: `the key names "${name}" twice` })
    }
    if (findField(schema, name) === undefined) {
      problems.push({
        code: 'plan.unknown-column',
        message: `the key names "${name}", which the table does not have`,
        hint: `columns: ${schema.map((f) => f.name).join(', ')}`,
      })
    }
  }
  return problems
}

/** Nodes whose result would depend on the order of reading. */
function orderProblems(root: Node): Problem[] {
  const problems: Problem[] = []
  walkNode(root, (node) => {
    if (node.kind === 'dedupe' && node.order.length === 0 && node.by.length < node.from.schema.length) {
      const message = `dedupe by ${node.by.join(', ')} has no order, so which row stays is left to chance`
      problems.push({ code: 'config.invalid', message, hint: 'give it an order' })
    }
    if (node.kind === 'limit' && node.from.kind !== 'sort') {
      problems.push({
        code: 'config.invalid',
        message: 'limit stands over rows without an order',
        hint: 'sort first',
      })
    }
  })
  return problems
}

/** What was fetched is published as it came, so that it can be told from what is fetched again; steps come after. */
function remoteProblems({ content }: TableDeclaration): Problem[] {
  const isRemote = 'source' in content && content.source?.kind === 'remote'
  const hasSteps = content.kind === 'steps' || (content.kind === 'source' && content.root !== undefined)
  if (!isRemote || !hasSteps) return []
  return [
    {
      code: 'config.invalid',
      message: 'it is read over a connection and has steps',
      hint: 'Declare a table of the source alone, and another that sends it through the steps: table(…, { from: raw.pipe(…) })',
    },
  ]
}

/**
 * Checks one table: what its declaration found, its key, its partitioning, its columns, and nodes whose result would
 * be left to chance. `typed` are the columns that compiling gave, where that was possible; without any known columns only
 * the rest is checked.
 */
export function checkTable(table: TableDeclaration, typed?: Schema): readonly Diagnostic[] {
  const schema = typed ?? table.schema
  const own = table.diagnostics ?? []
  const problems: Problem[] = []
  const broken = own.some((d) => d.severity === 'error')
  if (schema !== undefined && !(broken && schema.length === 0)) {
    problems.push(...columnProblems(schema))
    if (table.key !== undefined) problems.push(...keyProblems(table.key, schema))
    problems.push(...partitionProblems(table.partition, schema))
  }
  if (table.content.kind === 'query' && table.schema !== undefined && typed !== undefined)
    problems.push(...declaredProblems(table.schema, typed))
  const root =
    table.content.kind === 'plan' || table.content.kind === 'source' ? table.content.root : undefined
  problems.push(...nameProblems(schema ?? [], root))
  if (root !== undefined) problems.push(...orderProblems(root))
  problems.push(...remoteProblems(table))
  const found = problems.map((p): Diagnostic => ({
    severity: 'error',
    ...p,
    message: `table "${table.name}": ${p.message}`,
    ...(table.at === undefined ? {} : { at: table.at }),
  }))
  return [...own, ...found]
}
