import type { Diagnostic } from '../../base/errors.ts'
import type { Source } from '../../connector/contract.ts'
import type { RowFunction } from '../../engine/contract.ts'
import type { Node, ScanNode } from '../../plan/node.ts'
import type { Schema } from '../../plan/type.ts'
import type { Relation, Step } from '../../step/contract.ts'
import type { SchemaOf, TableDeclaration } from '../table.ts'
import type { Rows } from './pipe.ts'

/** What the rows of a pipe need from elsewhere. */
export interface Needs {
  readonly source?: Source
  /** Other tables, each once, in order of first use. */
  readonly tables: readonly TableDeclaration[]
  readonly functions: ReadonlyMap<string, RowFunction>
  readonly diagnostics: readonly Diagnostic[]
}

const isTable = (relation: unknown): relation is TableDeclaration =>
  (relation as { kind?: unknown } | undefined)?.kind === 'table'

const isRows = (relation: unknown): relation is Rows =>
  (relation as { kind?: unknown } | undefined)?.kind === 'rows'

const problem = (message: string, hint: string): Diagnostic => ({
  code: 'config.invalid',
  severity: 'error',
  message,
  hint,
})

/** Gathers the source, tables and functions of a pipe and of the relations its steps take in. */
export function needsOf(rows: Rows): Needs {
  const tables = new Set<TableDeclaration>()
  const functions = new Map<string, RowFunction>()
  const diagnostics: Diagnostic[] = []
  const visitRelation = (relation: Relation, step: Step): void => {
    if (isTable(relation)) tables.add(relation)
    else if (isRows(relation)) visit(relation, step)
    else
      diagnostics.push(
        located(
          problem(`${step.name} takes a table as its other side`, 'pass the value that table(…) returned'),
          step,
        ),
      )
  }
  const visit = (part: Rows, within?: Step): void => {
    diagnostics.push(...part.misuse)
    if (part.origin.kind === 'table') tables.add(part.origin.table)
    else if (within !== undefined) {
      const wrong = problem(
        `${within.name} cannot take a source as its other side`,
        'declare the source as a table of its own',
      )
      diagnostics.push(located(wrong, within))
    }
    for (const step of part.steps) {
      for (const [id, callback] of step.functions) {
        const known = functions.get(id)
        if (known !== undefined && known !== callback) {
          const wrong = problem(
            'two apply steps have functions with the same text that are not the same function',
            'give one of them another `version`',
          )
          diagnostics.push(located(wrong, step))
        }
        functions.set(id, callback)
      }
      for (const other of step.others) visitRelation(other, step)
    }
  }
  visit(rows)
  const source = rows.origin.kind === 'source' ? { source: rows.origin.source } : {}
  return { ...source, tables: [...tables], functions, diagnostics }
}

function located(diagnostic: Diagnostic, step: Step): Diagnostic {
  if (diagnostic.at !== undefined) return diagnostic
  const at = step.at()
  return at === undefined ? diagnostic : { ...diagnostic, at }
}

interface Lowering {
  readonly node: Node
  /** Whether a step before did not fit, so that columns may be missing. */
  readonly broken: boolean
}

/**
 * Lowers a pipe to nodes. A step that does not fit leaves its input as it is, so that mistakes in later steps are found
 * too; columns unknown after a broken step are not reported, because that step may have been meant to make them.
 */
export function lowerRows(
  rows: Rows,
  own: string,
  schemaOf: SchemaOf,
): { readonly root?: Node; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const scan = (input: string, schema: Schema): ScanNode => Object.freeze({ kind: 'scan', input, schema })
  const relation = (other: Relation): Lowering | undefined => {
    if (isRows(other)) return lower(other)
    if (!isTable(other)) return undefined
    const schema = schemaOf(other.name)
    return schema === undefined ? undefined : { node: scan(other.name, schema), broken: false }
  }
  const lower = (part: Rows): Lowering | undefined => {
    const { origin } = part
    const schema = origin.kind === 'source' ? origin.source.schema : schemaOf(origin.table.name)
    if (schema === undefined) return undefined
    let node: Node = scan(origin.kind === 'source' ? own : origin.table.name, schema)
    let broken = false
    for (const step of part.steps) {
      const others = step.others.map(relation)
      if (others.some((o) => o === undefined)) return undefined
      const inputs = others.filter((o) => o !== undefined)
      const result = step.lower(
        node,
        inputs.map((o) => o.node),
      )
      if (!isProblems(result)) {
        node = result
        broken ||= inputs.some((o) => o.broken)
      } else {
        const reported = broken ? result.filter((d) => d.code !== 'plan.unknown-column') : result
        diagnostics.push(...reported.map((d) => located(d, step)))
        broken = true
      }
    }
    return { node, broken }
  }
  const result = lower(rows)
  return result === undefined || diagnostics.length > 0 ? { diagnostics } : { root: result.node, diagnostics }
}

const isProblems = (value: Node | readonly Diagnostic[]): value is readonly Diagnostic[] =>
  Array.isArray(value)
