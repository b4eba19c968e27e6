import { expect, test } from 'vitest'
import {
  csv,
  current,
  dedupe,
  derive,
  dynamodb,
  dynamodbExport,
  filter,
  fn,
  int64,
  join,
  mysqlChanges,
  mysqlServer,
  rename,
  select,
  table,
  type TableDeclaration,
  text,
} from '../index.ts'
import { incrementality } from './incremental.ts'
import { assertSound, compileProject } from './project.ts'
import { ascendingOf } from './succession.ts'

const columns = { id: int64(), v: text() }
const server = mysqlServer({ host: 'h', user: 'u', database: 'd' })
const changes = table('raw.changes', { from: mysqlChanges(server, { table: 't', columns }) })
const stream = table('raw.stream', {
  from: dynamodb({ region: 'eu-central-1' }, { table: 't', columns, changes: 'snapshot' }),
})
const exported = table('raw.exported', {
  from: dynamodbExport({ folder: '/exports' }, { columns, changes: 'snapshot' }),
})
const file = table('raw.file', {
  from: csv('f.csv', { columns: { ...columns, _operation: text(), _sequence: text() } }),
})
const last = { by: ['id'], order: ['_sequence'] } as const

async function how(from: TableDeclaration | Parameters<typeof table>[1]['from']): Promise<string> {
  const declared = table('sales.t', { from: from as typeof changes })
  const compiled = assertSound(await compileProject([declared]))
  const found = compiled.find((t) => t.declaration.name === 'sales.t')
  if (found === undefined) throw new Error('not compiled')
  const continued = incrementality(found.plan, ascendingOf(found))
  return continued.kind === 'full' ? continued.reason : continued.kind
}

test('the changes of a source replace the rows of their keys', async () => {
  const now = changes.pipe(current({ ...last, deleted: (c) => fn.eq(c._operation, 'delete') }))
  expect(await how(now)).toBe('merge')
  expect(await how(now.pipe(select('id', 'v')))).toBe('merge')
  expect(
    await how(
      now.pipe(
        derive((c) => ({ v: fn.upper(c.v) })),
        filter((c) => fn.isNotNull(c.v)),
      ),
    ),
  ).toBe('merge')
  expect(
    await how(
      changes.pipe(
        filter((c) => fn.gt(c.id, 0)),
        rename({ _sequence: 'seq' }),
        current({ by: ['id'], order: ['seq'] }),
        select('id'),
      ),
    ),
  ).toBe('merge')
  const deleted = exported.pipe(
    current({ by: ['id'], order: ['change_sequence'], deleted: (c) => fn.eq(c.change_operation, 'remove') }),
  )
  expect(await how(deleted)).toBe('merge')
})

test('what cannot be replaced by keys is built anew', async () => {
  const all = 'duplicates are dropped before other steps, so all rows are needed'
  // Sequences of a stream ascend for each item, not for what else may be taken for a key.
  const byValue = stream.pipe(
    current({ by: ['v'], order: ['change_sequence'], deleted: (c) => fn.eq(c.change_operation, 'remove') }),
  )
  expect(await how(byValue)).toBe(all)
  const now = changes.pipe(current(last))
  expect(await how(now.pipe(rename({ id: 'key' })))).toBe(all)
  expect(await how(now.pipe(derive((c) => ({ id: fn.add(c.id, 1) }))))).toBe(all)
  expect(await how(file.pipe(current({ ...last, deleted: (c) => fn.eq(c._operation, 'delete') })))).toBe(all)
  expect(
    await how(changes.pipe(dedupe({ by: ['id'], keep: 'first', order: ['_sequence'] }), select('id'))),
  ).toBe(all)
  expect(await how(changes.pipe(current({ by: ['id'], order: ['v'] }), select('id')))).toBe(all)
  expect(
    await how(
      changes.pipe(
        derive((c) => ({ _sequence: fn.upper(c._sequence) })),
        current(last),
        select('id'),
      ),
    ),
  ).toBe(all)
  expect(await how(now.pipe(join(file, { on: ['id'], keep: ['v'], prefix: 'f_' })))).not.toBe('merge')
})

test('a column that the changes do not have is a mistake in the editor', () => {
  // @ts-expect-error there is no column 'idd'
  changes.pipe(current({ by: ['idd'], order: ['_sequence'] }))
  // @ts-expect-error there is no column 'operation'
  const wrong = changes.pipe(current({ ...last, deleted: (c) => fn.eq(c.operation, 'delete') }))
  expect(wrong.kind).toBe('rows')
})
