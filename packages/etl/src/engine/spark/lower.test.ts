import { expect, test } from 'vitest'
import type { Expression } from '../../plan/expression.ts'
import type { JoinNode, Node, ScanNode } from '../../plan/node.ts'
import { field, text } from '../../plan/type.ts'
import { newTally } from '../booking/tally.ts'
import { lower } from './lower.ts'
import { withIds } from './stage-source.ts'

const schema = withIds([field('k', text), field('v', text)])
const column = (name: string): Expression => ({ kind: 'column', name, type: text, nullable: true })
const scan = (input: string): ScanNode => ({ kind: 'scan', input, schema })
const join = (right: Node): JoinNode => ({
  kind: 'join',
  type: 'lookup',
  left: scan('t.left'),
  right,
  on: [{ left: column('k'), right: column('k') }],
  keepRight: [{ column: 'v', as: 'w' }],
  schema: [...schema, field('w', text)],
})
const filtered = (from: Node): Node => ({
  kind: 'filter',
  from,
  predicate: {
    kind: 'call',
    function: 'is_not_null',
    args: [column('v')],
    type: { kind: 'bool' },
    nullable: false,
  },
  schema: from.schema,
})

/** The SQL of a join whose sides lie in files of some bytes. */
async function joined(right: Node, bytes: number): Promise<string> {
  const input = (size: number) => ({ files: [{ path: '/lake/a.parquet', rows: 1, bytes: size }], schema })
  const inputs = new Map([
    ['t.left', input(2 ** 40)],
    ['t.right', input(bytes)],
  ])
  const shared = { inputs, tally: newTally(), views: [], checks: [], books: [], scans: 0 }
  return (await lower(join(right), shared, true)).sql
}

test('the right side of a join is broadcast when its files are small, through steps that do not enlarge it', async () => {
  const hint = '/*+ BROADCAST('
  expect(await joined(scan('t.right'), 32 * 2 ** 20)).toContain(hint)
  expect(await joined(filtered(scan('t.right')), 1)).toContain(hint)
  expect(await joined(scan('t.right'), 33 * 2 ** 20)).not.toContain(hint)
  expect(await joined(join(scan('t.right')), 1)).toMatch(/^(?:(?!BROADCAST).)*BROADCAST(?:(?!BROADCAST).)*$/s)
})
