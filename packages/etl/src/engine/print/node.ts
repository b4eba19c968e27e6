import { EtlError } from '../../base/errors.ts'
import type { Dialect } from '../../function/contract.ts'
import { printSortKey } from '../../function/print.ts'
import type { Node } from '../../plan/node.ts'
import { printAggregate, printPivot } from './aggregate.ts'
import { printJoin } from './join.ts'
import { printBucket, printDedupe, printSessionize, tieBreakers } from './keyed.ts'
import { printFiltered, printProject } from './project.ts'
import { refusedNode } from './refusal.ts'
import { printUnion, printUnnest, printUnpivot } from './reshape.ts'
import { namedList, sourceOf, type Sql, sqlOf } from './sql.ts'

/** Prints the SELECT that a node's input stands for: a scan's files, or a staged relation. */
export type PrintInput = (node: Node) => string | undefined

/**
 * Prints a node as one SELECT of a dialect with exactly the columns of its schema, in order.
 *
 * `input` is asked first for every node: what it prints replaces the whole subtree (staged relations, scans).
 * Rows that an `expect` refuses are left out, and a `lookup` is a left join: engines collect the refused rows and check
 * lookups by statements of their own. Fails with `engine.refused` for what the dialect refuses; ask `refusals` first to
 * report all of it.
 */
export function printNode(node: Node, input: PrintInput, dialect: Dialect): string {
  const given = input(node)
  if (given !== undefined) return given
  const refused = refusedNode(node, dialect)
  if (refused !== undefined) throw new EtlError('engine.refused', `${dialect} refuses ${refused}`)
  const from = (n: Node): string => `(${printNode(n, input, dialect)})`
  return printOver(node, from, sqlOf[dialect])
}

function printOver(node: Node, from: (n: Node) => string, s: Sql): string {
  switch (node.kind) {
    case 'scan':
      throw new EtlError('bug.unreachable', `scan of "${node.input}" is not bound`)
    case 'apply':
      throw new EtlError('bug.unreachable', 'row functions are printed by the engine that can call them')
    case 'filter':
    case 'expect':
      return printFiltered(node.predicate, node.schema, from(node.from), s)
    case 'project':
      return printProject(node.columns, from(node.from), s)
    case 'join':
      return printJoin(node, from(node.left), from(node.right), s)
    case 'aggregate':
      return printAggregate(node, from(node.from), [], s)
    case 'window':
      return `SELECT *, ${namedList(node.columns, s)} FROM ${sourceOf(from(node.from), s)}`
    case 'union':
      return printUnion(node, from, s)
    case 'sort': {
      const keys = [...node.order.map((k) => printSortKey(k, s.dialect)), ...tieBreakers(node.schema, s)]
      return `SELECT * FROM ${sourceOf(from(node.from), s)} ORDER BY ${keys.join(', ')}`
    }
    case 'limit':
      return `SELECT * FROM ${sourceOf(from(node.from), s)} LIMIT ${node.count} OFFSET ${node.offset}`
    case 'unnest':
      return printUnnest(node, from(node.from), s)
    case 'pivot':
      return printPivot(node, from(node.from), [], s)
    case 'unpivot':
      return printUnpivot(node, from(node.from), s)
    case 'dedupe':
      return printDedupe(node, from(node.from), s)
    case 'sessionize':
      return printSessionize(node, from(node.from), s)
    case 'bucket':
      return printBucket(node, from(node.from), s)
    case 'sql': {
      const inputs = node.inputs.map((i) => `${s.name(i.name)} AS ${from(i.node)}`)
      const columns = node.schema.map(
        (f) => `CAST(${s.name(f.name)} AS ${s.type(f.type)}) AS ${s.name(f.name)}`,
      )
      const body = `SELECT ${columns.join(', ')} FROM (${node.sql})`
      return inputs.length === 0 ? body : `WITH ${inputs.join(', ')} ${body}`
    }
  }
}
