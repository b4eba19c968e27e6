import { expect, test } from 'vitest'
import { rowTable, temporaryLake, writeRows } from '../../../../conformance/lake/temporary-lake.ts'
import { EtlError } from '../base/errors.ts'
import { stale } from './stale.ts'

const name = 'a.t'

test('a failure over a table that has moved on is worth another attempt, others are not', async () => {
  await using at = await temporaryLake()
  const create = await at.lake.begin()
  create.create({ name, ...rowTable })
  await create.commit()
  const before = await at.lake.load(name)
  const base = before === undefined ? [] : [before]
  const missing = new EtlError('engine.failed', 'no such file', { hint: 'look' })
  expect(await stale(missing, at.lake, base)).toBe(missing)
  const tx = await at.lake.begin()
  tx.append(name, [await writeRows(at.lake, name, ['1'])], {})
  await tx.commit()
  expect(await stale(missing, at.lake, base)).toMatchObject({
    code: 'engine.failed',
    message: 'no such file',
    hint: 'look',
    retry: 'transient',
  })
  const other = new EtlError('run.too-many-rejects', 'too many')
  expect(await stale(other, at.lake, base)).toBe(other)
  const conflict = new EtlError('lake.corrupt', 'gone', { retry: 'transient' })
  expect(await stale(conflict, at.lake, base)).toBe(conflict)
  expect(await stale(new EtlError('lake.corrupt', 'gone'), at.lake)).toMatchObject({ retry: 'transient' })
})
