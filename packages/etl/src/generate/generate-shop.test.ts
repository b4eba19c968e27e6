import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { EtlError } from '../base/errors.ts'
import { expectedTables } from './expected/schema.ts'
import { generateShop, type GenerateShopOptions } from './generate-shop.ts'

const folders: string[] = []

async function generate(options: Omit<GenerateShopOptions, 'folder'>, into?: string): Promise<string> {
  const folder = into ?? (await mkdtemp(join(tmpdir(), 'shop-')))
  if (into === undefined) folders.push(folder)
  await generateShop({ ...options, folder })
  return folder
}

function digests(folder: string): Record<string, string> {
  const paths = globSync('**/*.*', { cwd: folder }).toSorted()
  return Object.fromEntries(
    paths.map((path) => [
      path,
      createHash('sha256')
        .update(readFileSync(join(folder, path)))
        .digest('hex'),
    ]),
  )
}

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

describe('generateShop', () => {
  test('gives the same bytes for the same seed and other bytes for another', async () => {
    const first = digests(await generate({ orders: 500, seed: 7 }))
    const again = digests(await generate({ orders: 500, seed: '7' }))
    const other = digests(await generate({ orders: 500, seed: 8 }))
    expect(Object.keys(first).length).toBeGreaterThan(80)
    expect(again).toEqual(first)
    expect(other['raw/orders/orders-000.csv']).not.toBe(first['raw/orders/orders-000.csv'])
  })

  test('gives the same files in five deliveries as in one', async () => {
    const whole = digests(await generate({ orders: 700, seed: 'parts' }))
    const folder = await generate({ orders: 700, seed: 'parts', part: { index: 1, of: 5 } })
    const early = globSync('raw/orders/*', { cwd: folder }).length
    expect(early).toBeGreaterThan(0)
    expect(globSync('expected/*', { cwd: folder })).toEqual([])
    for (let index = 2; index <= 5; index++) {
      await generate({ orders: 700, seed: 'parts', part: { index, of: 5 } }, folder)
    }
    expect(globSync('raw/orders/*', { cwd: folder }).length).toBeGreaterThan(early)
    expect(digests(folder)).toEqual(whole)
  })

  test('reports every file once, the last with nothing left', async () => {
    const seen: string[] = []
    let left = Infinity
    const folder = await mkdtemp(join(tmpdir(), 'shop-'))
    folders.push(folder)
    const { files } = await generateShop({
      folder,
      orders: 50,
      seed: 1,
      onProgress({ file, done, total }) {
        seen.push(file)
        left = total - done
      },
    })
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.length).toBe(files.length + 4)
    expect(left).toBe(0)
    expect(globSync('**/*.partial', { cwd: folder })).toEqual([])
  })

  test('describes the expected tables in schema.json as their files are written', async () => {
    const folder = await generate({ orders: 50, seed: 1 })
    const schema = JSON.parse(readFileSync(join(folder, 'expected/schema.json'), 'utf8')) as {
      tables: { file: string; columns: { name: string }[] }[]
    }
    expect(schema.tables.length).toBe(Object.keys(expectedTables).length)
    for (const { file, columns } of schema.tables) {
      const header = readFileSync(join(folder, 'expected', file), 'utf8').split('\n')[0]
      expect(header).toBe(columns.map((column) => column.name).join(','))
    }
  })

  test.each([
    [{ orders: 0, seed: 1 }],
    [{ orders: 1.5, seed: 1 }],
    [{ orders: 100, seed: 1, part: { index: 0, of: 3 } }],
    [{ orders: 100, seed: 1, part: { index: 1, of: 13 } }],
  ])('refuses %j', async (options) => {
    const folder = join(tmpdir(), 'never-made')
    await expect(generateShop({ ...options, folder })).rejects.toMatchObject({ code: 'config.invalid' })
  })

  test('stops when it is cancelled', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shop-'))
    folders.push(folder)
    const cancel = new AbortController()
    const onProgress = (): void => cancel.abort()
    const run = generateShop({ folder, orders: 100, seed: 1, signal: cancel.signal, onProgress })
    await expect(run).rejects.toBeInstanceOf(EtlError)
    await expect(run).rejects.toMatchObject({ code: 'run.cancelled' })
  })
})
