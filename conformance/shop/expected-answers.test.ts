import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generateShop } from '../../packages/etl/src/generate/index.ts'
import { compareExpected } from './compare-expected.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const orders = 3000
let folder = ''

async function securecart(lake: string, data: string): Promise<void> {
  const program = join(root, 'packages/etl/bin/securecart.js')
  const place = ['--project', join(root, 'examples/shop'), '--var', `data=${data}`, '--lake', lake]
  await promisify(execFile)(process.execPath, [program, 'run', ...place], { maxBuffer: 64 << 20 })
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shop-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function expectEqual(lake: string, data: string): Promise<void> {
  const found = await compareExpected(lake, join(data, 'expected'))
  expect(found.length).toBe(9)
  expect(found.filter((difference) => difference.rows === 0)).toEqual([])
  expect(found.filter((difference) => difference.unexpected + difference.missing > 0)).toEqual([])
}

describe('examples/shop', () => {
  test('gives the expected answers row for row', async () => {
    const data = join(folder, 'whole')
    await generateShop({ folder: data, orders, seed: 21 })
    await securecart(join(folder, 'lake-whole'), data)
    await expectEqual(join(folder, 'lake-whole'), data)
  })

  test('gives the same answers when the files come in four deliveries with a run after each', async () => {
    const data = join(folder, 'parts')
    for (let index = 1; index <= 4; index++) {
      await generateShop({ folder: data, orders, seed: 22, part: { index, of: 4 } })
      await securecart(join(folder, 'lake-parts'), data)
    }
    await expectEqual(join(folder, 'lake-parts'), data)
  })
})
