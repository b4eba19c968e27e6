import type { ColumnOfKind, Columns, ColumnsOf, TypeSpec, With } from '../plan/columns.ts'
import type { Expression } from '../plan/expression.ts'
import type { Node } from '../plan/node.ts'
import {
  bool,
  decimal,
  type Field,
  field,
  int64,
  json,
  type LogicalType,
  text,
  timestamp,
  typeName,
} from '../plan/type.ts'
import { call, expectNode, fail, fieldOf, invalid, mismatch, project, ref, uniqueNames } from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'
import { converted } from './convert.ts'
import { type OnBad, onBadDoc } from './parsed.ts'

/** One column that a document is flattened into. */
export interface JsonColumn {
  readonly name: string
  readonly type: LogicalType
  readonly nullable: boolean
  /** Where in the document: `$.order.lines[0]`. Default: the member of the column's name. */
  readonly path?: string
  /** Layouts of a date, time or timestamp. Default: ISO 8601. */
  readonly formats?: readonly string[]
}

export interface FlattenJsonOptions {
  readonly column: string
  readonly columns: readonly JsonColumn[]
  readonly keep?: boolean
  readonly onBad?: OnBad
}

/** Reads the value at a path as a type; NULL where there is none of it. */
function valueAt(document: Expression, path: string, { type, formats }: JsonColumn): Expression {
  const asText = (): Expression => call('json_text', document, path)
  switch (type.kind) {
    case 'text':
      return asText()
    case 'bool':
      return call('json_bool', document, path)
    case 'int64':
      return call('json_int', document, path)
    case 'int8':
    case 'int16':
    case 'int32':
      return converted(call('json_int', document, path), type)
    case 'decimal':
      return call('json_decimal', document, path, type.precision, type.scale)
    case 'float64':
      return call('json_float', document, path)
    case 'json':
      return call('json_get', document, path)
    case 'date':
    case 'time':
    case 'timestamp':
      return formats === undefined
        ? converted(asText(), type)
        : call(`parse_${type.kind}`, asText(), ...formats)
    case 'uuid':
      return converted(asText(), type)
    default:
      if (type.kind === 'list' && type.element.kind === 'text') return call('json_list', document, path)
      throw fail(mismatch(`flatten_json cannot read ${typeName(type)}; take it as json and flatten that`))
  }
}

/** Rejects rows with something other than null at the path that is not of the type, or with nothing where it is required. */
function guarded(input: Node, source: Field, document: Expression, column: JsonColumn, path: string): Node {
  const value = valueAt(document, path, column)
  const kind = call('json_type', document, path)
  const there = call('is_not_null', value)
  const predicate = column.nullable
    ? call('or', call('or', call('is_null', kind), call('eq', kind, 'null')), there)
    : there
  return expectNode(input, {
    rule: `flatten_json(${source.name})`,
    reason: `there is no ${typeName(column.type)} at ${path} of "${source.name}"`,
    predicate,
    blame: [source.name],
  })
}

const payload = field('payload', text)
const id = field('id', int64, false)
const out = [
  id,
  field('user', text),
  field('total', decimal(10, 2)),
  field('at', timestamp),
  field('vip', bool),
]
const columns: readonly JsonColumn[] = [
  { name: 'user', type: text, nullable: true, path: '$.user.name' },
  { name: 'total', type: decimal(10, 2), nullable: true },
  { name: 'at', type: timestamp, nullable: true },
  { name: 'vip', type: bool, nullable: true },
]

/** Reads typed columns out of a JSON document. */
export const flattenJsonStep = defineStep<FlattenJsonOptions>({
  name: 'flatten_json',
  summary: 'Read typed columns out of a column of JSON documents.',
  meaning:
    'Each column is read at its path. Nothing or null there gives NULL. A value of another type is bad, and so is a text that is no JSON, or NULL where a column is required: see `onBad`. ' +
    'The column of documents is left out unless kept.',
  options: {
    column: { takes: 'json or text column', meaning: 'The documents.' },
    columns: {
      takes: '{ name: type }',
      meaning: 'The columns to read, each with its path if that is not its name.',
    },
    keep: { takes: 'true | false', meaning: 'Whether the column of documents stays.', default: 'false' },
    onBad: onBadDoc,
  },
  lower: (input, { column, columns: wanted, keep = false, onBad = 'reject' }) => {
    const source = fieldOf(input, column, ['json', 'text'])
    if (wanted.length === 0) return [invalid('flatten_json reads no column')]
    uniqueNames(wanted.map((c) => c.name))
    const document = source.type.kind === 'json' ? ref(source) : call('parse_json', ref(source))
    const reject = onBad === 'reject'
    const readable = call('or', call('is_null', ref(source)), call('is_not_null', document))
    const rule = `flatten_json(${source.name})`
    const parsed: Node =
      source.type.kind === 'json' || !reject
        ? input
        : expectNode(input, {
            rule,
            reason: `"${source.name}" is no JSON`,
            predicate: readable,
            blame: [source.name],
          })
    const located = wanted.map((c) => ({ column: c, path: c.path ?? `$."${c.name}"` }))
    const checked = reject
      ? located.reduce<Node>((node, { column: c, path }) => guarded(node, source, document, c, path), parsed)
      : parsed
    const kept = input.schema.filter((f) => keep || f.name !== source.name)
    return project(checked, [
      ...kept.map((f) => ({ name: f.name, expression: ref(f) })),
      ...located.map(({ column: c, path }) => ({
        name: c.name,
        expression: { ...valueAt(document, path, c), nullable: c.nullable || !reject },
      })),
    ])
  },
  examples: () => [
    {
      title: 'Typed members; a bad one sends the row to the rejects',
      in: {
        columns: [id, payload],
        rows: [
          ['1', '{"user":{"name":"ann"},"total":12.5,"at":"2024-01-31T10:00:00Z","vip":true}'],
          ['2', '{"total":null}'],
          ['3', null],
          ['4', '{"total":"much"}'],
          ['5', '{"total"'],
        ],
      },
      options: { column: 'payload', columns },
      out: {
        columns: out,
        rows: [
          ['1', 'ann', '12.50', '2024-01-31T10:00:00.000000', true],
          ['2', null, null, null, null],
          ['3', null, null, null, null],
        ],
      },
      rejected: 2,
    },
    {
      title: 'Bad values become NULL, the document stays',
      in: { columns: [field('doc', json)], rows: [['{"n":1,"tags":["a","b"]}'], ['{"n":"x"}']] },
      options: {
        column: 'doc',
        columns: [{ name: 'n', type: int64, nullable: true }],
        onBad: 'null',
        keep: true,
      },
      out: {
        columns: [field('doc', json), field('n', int64)],
        rows: [
          ['{"n":1,"tags":["a","b"]}', '1'],
          ['{"n":"x"}', null],
        ],
      },
    },
  ],
})

/** A column's type, with the path and the layouts that it may carry. */
type JsonSpec = TypeSpec & { readonly from?: string; readonly formats?: readonly string[] }

type Flattened<
  C extends Columns,
  N extends string,
  D extends Readonly<Record<string, TypeSpec>>,
  K extends boolean,
> = With<K extends true ? C : Omit<C, N>, ColumnsOf<D>>

/**
 * Reads typed columns out of JSON: `flattenJson('payload', { user: text({ from: '$.user.name' }), total: decimal(10, 2) })`.
 * `from` is the path in the document.
 */
export function flattenJson<
  C extends Columns,
  const N extends string,
  const D extends Readonly<Record<string, JsonSpec>>,
  const K extends boolean = false,
>(
  column: ColumnOfKind<C, N, 'json' | 'text'>,
  columns: D,
  options: { readonly keep?: K; readonly onBad?: OnBad } = {},
): Step<C, Flattened<C, N, D, K>> {
  const read = Object.entries(columns).map(([name, spec]) => ({
    name,
    type: spec.type as LogicalType,
    nullable: spec.nullable,
    ...(spec.from === undefined ? {} : { path: spec.from }),
    ...(spec.formats === undefined ? {} : { formats: spec.formats }),
  }))
  return makeStep(flattenJsonStep, { column: column as string, columns: read, ...options })
}
