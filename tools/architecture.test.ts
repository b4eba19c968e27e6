import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { architecturePage, foldersNamed, layerTable } from './architecture.ts'
import { layers } from './layers.ts'
import { lintConfig } from './lint-config.ts'

const root = path.resolve(import.meta.dirname, '..')
const sources = path.join(root, 'packages', 'etl', 'src')
const folders = readdirSync(sources).filter((name) => statSync(path.join(sources, name)).isDirectory())

test('every source folder has a layer, and every layer is a folder', () => {
  expect(folders.length).toBeGreaterThan(5)
  expect(Object.keys(layers).toSorted()).toEqual(folders.toSorted())
})

test('the architecture page shows the layer table and the folders as they are', () => {
  expect(readFileSync(architecturePage, 'utf8')).toContain(layerTable())
  expect(foldersNamed().toSorted()).toEqual(folders.toSorted())
})

test('layers point one way', () => {
  const seen = new Set<string>()
  const order: string[] = []
  const visit = (name: string, trail: readonly string[]): void => {
    expect(trail, `circle at ${name}`).not.toContain(name)
    if (seen.has(name)) return
    for (const below of layers[name] ?? []) visit(below, [...trail, name])
    seen.add(name)
    order.push(name)
  }
  for (const name of Object.keys(layers)) visit(name, [])
  expect(order.length).toBe(folders.length)
})

test('the checked-in lint configuration is the generated one', () => {
  const file = path.join(root, '.oxlintrc.json')
  expect(existsSync(file)).toBe(true)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(lintConfig())))
})

test('no folder has a name that says nothing', () => {
  const empty = /^(common|core|shared|utils?|helpers?|misc|lib|old|v2|legacy)$/
  const all = readdirSync(sources, { recursive: true }).map((f) => path.basename(String(f)))
  expect(all.filter((name) => empty.test(name))).toEqual([])
})
