import { expect, test } from 'vitest'
import {
  readRows,
  rowTable,
  temporaryLake,
  writeRows,
} from '../../../../../conformance/lake/temporary-lake.ts'
import { EtlError } from '../../base/errors.ts'
import { openLake } from '../index.ts'

test('writers beside each other lose and repeat nothing when they retry conflicts', async () => {
  await using at = await temporaryLake()
  const tx = await at.lake.begin()
  tx.create({ name: 'a.t', ...rowTable })
  tx.create({ name: 'a.copy', ...rowTable })
  await tx.commit()
  let conflicts = 0
  const writer = async (number: number): Promise<void> => {
    await using lake = await openLake({ folder: at.folder })
    for (let i = 0; i < 8; i++) {
      for (;;) {
        const own = await lake.begin({ dataFiles: 'exists' })
        for (const name of ['a.t', 'a.copy'])
          own.append(name, [await writeRows(lake, name, [`${number}-${i}`])], {})
        try {
          await own.commit()
          break
        } catch (error) {
          if (!(error instanceof EtlError && error.code === 'lake.conflict')) throw error
          conflicts += 1
        }
      }
    }
  }
  await Promise.all([0, 1, 2, 3].map(writer))
  const expected = [0, 1, 2, 3].flatMap((n) => Array.from({ length: 8 }, (_, i) => `${n}-${i}`)).toSorted()
  for (const name of ['a.t', 'a.copy']) {
    expect(await readRows(await (await at.lake.load(name))?.files())).toEqual(expected)
  }
  expect(conflicts).toBeGreaterThan(0)
})
