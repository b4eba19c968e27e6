import { expect, test } from 'vitest'
import { extended, type Frontier, type ListedShard, tips } from './shard-tree.ts'

const shard = (id: string, parent?: string, isClosed = false): ListedShard => ({ id, parent, isClosed })
const frontier = (open: Record<string, string | null>, done: readonly string[] = []): Frontier => ({
  open: new Map(Object.entries(open)),
  done: new Set(done),
})

const split = [shard('a', 'gone', true), shard('b', 'a'), shard('c', 'a', true), shard('d', 'c')]

test('a stream is read from its oldest shards on, children after their parents', () => {
  const first = extended(split, frontier({}))
  expect(first).toEqual(frontier({ a: null }))
  const second = extended(split, frontier({}, ['a']))
  expect(second).toEqual(frontier({ b: null, c: null }))
  const third = extended(split, frontier({ b: '7' }, ['c']))
  expect(third).toEqual(frontier({ b: '7', d: null }))
})

test('a shard that was read is not read again, also when its parent is no longer listed', () => {
  const listed = [shard('c', 'trimmed', true), shard('d', 'c')]
  expect(extended(listed, frontier({ d: '9' }))).toEqual(frontier({ d: '9' }))
})

test('a shard at its end is kept until a child shows up', () => {
  const alone = [shard('a', undefined, true)]
  expect(extended(alone, frontier({}, ['a']))).toEqual(frontier({}, ['a']))
  expect(extended([...alone, shard('b', 'a')], frontier({}, ['a']))).toEqual(frontier({ b: null }))
})

test('a shard out of nowhere is read from its beginning', () => {
  expect(extended([...split, shard('x')], frontier({ b: '1', d: '2' }))).toEqual(
    frontier({ b: '1', d: '2', x: null }),
  )
})

test('what is written from now on is in the shards that nothing follows', () => {
  expect(tips(split)).toEqual(frontier({ b: null, d: null }))
})
