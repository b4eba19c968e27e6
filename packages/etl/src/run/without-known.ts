import { EtlError } from '../base/errors.ts'
import { type Resolved } from '../function/contract.ts'
import { resolveCall, resolveWindow } from '../function/resolve.ts'
import type { Expression, LiteralValue } from '../plan/expression.ts'
import type { FilterNode, JoinNode, Node, ProjectNode, WindowNode } from '../plan/node.ts'
import { type Field, field, findField, int64, list, type LogicalType, text } from '../plan/type.ts'

/** Numbers the copies of rows that are equal in every column. */
const copy = field('__copy', int64, false)

/**
 * The rows of one scan without those that another holds too, as multisets: of three equal rows of which two are known,
 * one remains. NULL equals NULL; columns of `ignore` are not compared. Only known rows whose `column` is >= `from`, or NULL, are looked at; without `from` all.
 */
export function withoutKnown(
  rows: Node,
  known: Node,
  bound: { readonly column?: string; readonly from?: string; readonly ignore?: readonly string[] },
): ProjectNode {
  const { schema } = rows
  const compared = schema.filter((f) => bound.ignore?.includes(f.name) !== true)
  const left = numbered(rows, compared)
  const join: JoinNode = {
    kind: 'join',
    type: 'anti',
    left,
    right: numbered(recent(known, bound), compared),
    on: [...compared, copy].flatMap(equalPairs),
    keepRight: [],
    schema: left.schema,
  }
  const columns = schema.map((f) => ({ name: f.name, expression: ref(f) }))
  return { kind: 'project', from: join, columns, schema }
}

/** The rows of a scan without those of whose keys another node has rows; NULL equals NULL. */
export function withoutKeys(rows: Node, others: Node, keys: readonly string[]): JoinNode {
  const fields = keys.map((name) => keyOf(rows, name))
  const pairs = fields.map((left) => ({ left, right: keyOf(others, left.name) }))
  const asNullable = (f: Field): Field => ({ ...f, nullable: true })
  return {
    kind: 'join',
    type: 'anti',
    left: rows,
    right: {
      kind: 'project',
      from: others,
      columns: pairs.map(({ right }) => ({ name: right.name, expression: ref(right) })),
      schema: pairs.map(({ right }) => right),
    },
    on: pairs.flatMap(({ left, right }) =>
      left.nullable || right.nullable
        ? pairsOf(equalPairs(asNullable(left)), equalPairs(asNullable(right)))
        : pairsOf(equalPairs(left), equalPairs(right)),
    ),
    keepRight: [],
    schema: rows.schema,
  }
}

function keyOf(node: Node, name: string): Field {
  const found = findField(node.schema, name)
  if (found === undefined) throw new EtlError('bug.unreachable', `there is no key column "${name}"`)
  return found
}

const pairsOf = (left: JoinNode['on'], right: JoinNode['on']): JoinNode['on'] =>
  left.map((pair, i) => ({ left: pair.left, right: right[i]?.right ?? pair.right }))

const ref = (f: Field): Expression => ({ kind: 'column', name: f.name, type: f.type, nullable: f.nullable })

const literal = (type: LogicalType, value: LiteralValue): Expression => ({
  kind: 'literal',
  type,
  nullable: false,
  value,
})

function sound(resolved: Resolved): Expression {
  if ('problem' in resolved) throw new EtlError('bug.unreachable', resolved.problem)
  return resolved.expression
}

const call = (name: string, ...args: readonly Expression[]): Expression => sound(resolveCall(name, args))

function recent(known: Node, bound: { readonly column?: string; readonly from?: string }): Node {
  if (bound.column === undefined || bound.from === undefined) return known
  const column = findField(known.schema, bound.column)
  if (column === undefined) throw new EtlError('bug.unreachable', `there is no column "${bound.column}"`)
  const since = call('ge', ref(column), literal(column.type, bound.from))
  const predicate = column.nullable ? call('or', since, call('is_null', ref(column))) : since
  return { kind: 'filter', from: known, predicate, schema: known.schema } satisfies FilterNode
}

function numbered(from: Node, compared: readonly Field[]): WindowNode {
  const all = compared.map(ref)
  // Equal rows may be numbered in any order; the window asks for one.
  const order = all
    .slice(0, 1)
    .map((expression) => ({ expression, direction: 'asc', nulls: 'last' }) as const)
  const number = sound(resolveWindow('row_number', [], { partition: all, order }))
  return {
    kind: 'window',
    from,
    columns: [{ name: copy.name, expression: number }],
    schema: [...from.schema, copy],
  }
}

/** Some value of a type, which stands for NULL beside the fact that it is NULL. */
function placeholder(type: LogicalType): LiteralValue {
  switch (type.kind) {
    case 'bool':
      return false
    case 'date':
      return '1970-01-01'
    case 'time':
      return '00:00:00.000000'
    case 'timestamp':
      return '1970-01-01T00:00:00.000000'
    case 'uuid':
      return '00000000-0000-0000-0000-000000000000'
    case 'text':
    case 'bytes':
      return ''
    case 'json':
      return '0'
    default:
      return '0'
  }
}

/** Keys of a join that are equal exactly when two values are, or both are NULL. */
function equalPairs(f: Field): JoinNode['on'] {
  const same = (expression: Expression): JoinNode['on'][number] => ({ left: expression, right: expression })
  // Within nested values NULL equals NULL, so one member around them is all that the whole needs.
  if (['list', 'struct', 'map'].includes(f.type.kind))
    return [same(call('make_struct', literal(list(text), ['value']), ref(f)))]
  const value = ref(f)
  if (!f.nullable) return [same(value)]
  return [
    same(call('is_null', ref(f))),
    same(call('coalesce', value, literal(value.type, placeholder(value.type)))),
  ]
}
