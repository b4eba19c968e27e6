import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '..')
const page = readFileSync(path.join(root, 'docs', 'reliability.md'), 'utf8')

/** The tests that the page names: file and words of the name. */
function named(text: string): readonly (readonly [file: string, words: string])[] {
  const cells = text
    .split('\n')
    .flatMap((line) => /^\|.*\| (`[^|]*) \|$/.exec(line)?.[1]?.split('<br>') ?? [])
  return cells.map((cell) => {
    const [, file = '', words = ''] = /^`([^`]+)`: (.+)$/.exec(cell) ?? []
    return [file, words]
  })
}

/** Whether a file has a test with these words in its name, as they are written there. */
const hasTest = (file: string, words: string): boolean =>
  file !== '' &&
  words !== '' &&
  existsSync(path.join(root, file)) &&
  readFileSync(path.join(root, file), 'utf8').includes(words)

test('every test that the page on reliability names is there', () => {
  const tests = named(page)
  expect(tests.length).toBeGreaterThan(40)
  expect(tests.filter(([file, words]) => !hasTest(file, words))).toEqual([])
})

test('a test that is gone is noticed', () => {
  const planted = named(
    '| a | b | `conformance/mysql/mysql.test.ts`: no such words<br>`conformance/none.test.ts`: x |',
  )
  expect(planted.map(([file, words]) => hasTest(file, words))).toEqual([false, false])
})

test('every fault of the page has a test', () => {
  const faults = page
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| what goes wrong'))
  expect(faults.length).toBeGreaterThan(25)
  expect(faults.filter((line) => named(line).length === 0)).toEqual([])
})
