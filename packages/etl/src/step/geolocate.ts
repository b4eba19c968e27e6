import type { ColumnOfKind, Columns } from '../plan/columns.ts'
import type { Node } from '../plan/node.ts'
import { field, int64, text } from '../plan/type.ts'
import { call, fieldOf, freshName, invalid, ref, withColumns, withoutColumns } from './build.ts'
import { defineStep, makeStep, type Relation, type Step } from './contract.ts'
import { joinNode, keptColumns } from './join.ts'
import type { Joined, KeepOptions } from './join-typed.ts'

/** How a table says its ranges of addresses: blocks, first and last addresses, or the keys of those. */
export type AddressRange<N extends string = string, F extends string = string, T extends string = string> =
  | { readonly network: N }
  | { readonly first: F; readonly last: T }
  | { readonly firstKey: F; readonly lastKey: T }

export interface GeolocateOptions {
  readonly ip: string
  readonly range?: AddressRange
  readonly keep?: readonly string[]
  readonly prefix?: string
}

/** The other side with the keys of its ranges, the names of those, and the columns that tell the ranges. */
interface Ranges {
  readonly node: Node
  readonly first: string
  readonly last: string
  readonly own: readonly string[]
}

function rangesOf(right: Node, range: AddressRange): Ranges {
  if ('firstKey' in range) {
    const own = [range.firstKey, range.lastKey].map((name) => fieldOf(right, name, ['text']).name)
    return { node: right, first: own[0] ?? '', last: own[1] ?? '', own }
  }
  const names = 'network' in range ? [range.network, range.network] : [range.first, range.last]
  const [from, to] = names.map((name) => fieldOf(right, name, ['text']))
  if (from === undefined || to === undefined) return rangesOf(right, mmdbRange)
  const functions =
    'network' in range ? (['cidr_first', 'cidr_last'] as const) : (['ip_key', 'ip_key'] as const)
  const first = freshName(right.schema, `${from.name}$first`)
  const last = freshName(right.schema, `${to.name}$last`)
  const node = withColumns(right, [
    { name: first, expression: call(functions[0], ref(from)) },
    { name: last, expression: call(functions[1], ref(to)) },
  ])
  return { node, first, last, own: [from.name, to.name, first, last] }
}

const mmdbRange = { firstKey: 'first_key', lastKey: 'last_key' } as const

const visits = [field('visit', int64, false), field('ip', text)]
const blocks = [field('network', text, false), field('country', text), field('city', text)]
const blockRows = [
  ['81.2.69.0/24', 'GB', 'London'],
  ['2001:218::/32', 'JP', null],
]

/** Adds columns of the network that an IP address lies in. */
export const geolocateStep = defineStep<GeolocateOptions>({
  name: 'geolocate',
  summary: 'Add columns of the network that an IP address lies in, such as its country and city.',
  meaning:
    'Every row stays exactly once. IPv4 and IPv6 addresses are found in every spelling that `ip_key` reads, an IPv4 address also in its mapped form (::ffff:1.2.3.4). ' +
    "What is no address, and addresses that no range holds (unknown ones, private ones unless the table lists a company's own), have NULL in the added columns. " +
    'Ranges of the other table must not overlap; ranges whose ends are no addresses hold nothing.',
  options: {
    ip: { takes: 'text column', meaning: 'The address that is looked up.' },
    range: {
      takes: '{ network } | { first, last } | { firstKey, lastKey }',
      meaning:
        'The columns of the other side that tell a range, both ends of which belong to it: a block such as 10.0.0.0/8, two addresses, or two keys of `ip_key`.',
      default: "{ firstKey: 'first_key', lastKey: 'last_key' }, those of an mmdb source",
    },
    keep: {
      takes: 'columns of the other side',
      meaning: 'What to take.',
      default: 'all but those that tell the range',
    },
    prefix: { takes: 'text', meaning: 'Put before the names taken.', default: 'nothing' },
  },
  lower: (left, { ip, range = mmdbRange, ...taken }, [right]) => {
    if (right === undefined) return [invalid('geolocate needs a table of ranges')]
    const address = fieldOf(left, ip, ['text'])
    const ranges = rangesOf(right, range)
    const key = freshName([...left.schema, ...ranges.node.schema], `${address.name}$key`)
    const keyed = withColumns(left, [{ name: key, expression: call('ip_key', ref(address)) }])
    const joined = joinNode(keyed, ranges.node, {
      type: 'left',
      pairs: [],
      keep: keptColumns(ranges.node, ranges.own, taken),
      range: {
        left: ref(fieldOf(keyed, key)),
        from: ref(fieldOf(ranges.node, ranges.first)),
        to: ref(fieldOf(ranges.node, ranges.last)),
        toInclusive: true,
      },
    })
    return withoutColumns(joined, [key])
  },
  examples: () => [
    {
      title: 'IPv4 and IPv6 in a table of blocks',
      in: {
        columns: visits,
        rows: [
          ['1', '81.2.69.142'],
          ['2', '::ffff:81.2.69.142'],
          ['3', '2001:218:0::1'],
          ['4', '192.168.0.1'],
          ['5', 'unknown'],
          ['6', null],
        ],
      },
      others: [{ columns: blocks, rows: blockRows }],
      options: { ip: 'ip', range: { network: 'network' } },
      out: {
        columns: [...visits, field('country', text), field('city', text)],
        rows: [
          ['1', '81.2.69.142', 'GB', 'London'],
          ['2', '::ffff:81.2.69.142', 'GB', 'London'],
          ['3', '2001:218:0::1', 'JP', null],
          ['4', '192.168.0.1', null, null],
          ['5', 'unknown', null, null],
          ['6', null, null, null],
        ],
      },
    },
    {
      title: 'A table of first and last addresses',
      in: { columns: visits, rows: [['1', '1.0.3.255']] },
      others: [
        {
          columns: [field('start', text), field('end', text), field('country', text)],
          rows: [
            ['1.0.1.0', '1.0.3.255', 'CN'],
            ['1.0.4.0', '1.0.7.255', 'AU'],
          ],
        },
      ],
      options: { ip: 'ip', range: { first: 'start', last: 'end' }, prefix: 'ip_' },
      out: { columns: [...visits, field('ip_country', text)], rows: [['1', '1.0.3.255', 'CN']] },
    },
    {
      title: 'The keys of an mmdb source',
      in: { columns: visits, rows: [['1', '81.2.69.142']] },
      others: [
        {
          columns: [field('first_key', text, false), field('last_key', text, false), field('country', text)],
          rows: [['00000000000000000000ffff51024500', '00000000000000000000ffff510245ff', 'GB']],
        },
      ],
      options: { ip: 'ip', keep: ['country'] },
      out: { columns: [...visits, field('country', text)], rows: [['1', '81.2.69.142', 'GB']] },
    },
  ],
})

type RangeOf<R extends Columns, N extends string, F extends string, T extends string> =
  | { readonly network: ColumnOfKind<R, N, 'text'> }
  | { readonly first: ColumnOfKind<R, F, 'text'>; readonly last: ColumnOfKind<R, T, 'text'> }
  | { readonly firstKey: ColumnOfKind<R, F, 'text'>; readonly lastKey: ColumnOfKind<R, T, 'text'> }

/**
 * Adds columns of the network that an IP address lies in: `geolocate(networks, { ip: 'client_ip', keep: ['country'] })`
 * with a table that an `mmdb` source fills, or `range: { network: 'network' }` with a table of blocks.
 */
export function geolocate<
  L extends Columns,
  R extends Columns,
  const I extends string,
  const N extends string = never,
  const F extends string = never,
  const T extends string = never,
  const K extends string = Exclude<Extract<keyof R, string>, N | F | T | 'first_key' | 'last_key'>,
  const P extends string = '',
>(
  other: Relation<R>,
  options: {
    readonly ip: ColumnOfKind<L, I, 'text'>
    readonly range?: RangeOf<R, N, F, T>
  } & KeepOptions<R, K, P>,
): Step<L, Joined<L, R, K, P, false, true>> {
  return makeStep(geolocateStep, options as unknown as GeolocateOptions, { others: [other] })
}
