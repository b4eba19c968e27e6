import { afterAll, beforeAll, expect, test } from 'vitest'
import { float64, http, int64, json, list, map, struct, table, text } from '../../packages/etl/src/index.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { sendJson, type Server, startServer } from './server.ts'

let shop: Workshop
let server: Server
beforeAll(async () => {
  shop = await openWorkshop('http-nested-')
  server = await startServer()
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await shop?.[Symbol.asyncDispose]()
})

const columns = {
  id: int64({ required: true }),
  who: struct({ name: text(), at: struct({ x: float64(), y: float64() }) }),
  parts: list(struct({ sku: text(), n: int64() })),
  weights: list(float64()),
  labels: map(text(), json()),
}

/** Records that differ in the depth of one nested value only. */
const records = [
  '{"id":1,"who":{"name":"a","at":{"x":1.5,"y":null}},"parts":[{"sku":"s","n":1}],"weights":[0.1,null],"labels":{"k":1}}',
  '{"id":1,"who":{"name":"a","at":{"x":1.5,"y":2}},"parts":[{"sku":"s","n":1}],"weights":[0.1,null],"labels":{"k":1}}',
  '{"id":1,"who":{"name":"a","at":null},"parts":[{"sku":"s","n":null}],"weights":[0.1,null],"labels":{"k":1}}',
  '{"id":1,"who":null,"parts":null,"weights":null,"labels":null}',
  '{"id":1,"who":{"name":null,"at":{"x":null,"y":null}},"parts":[],"weights":[],"labels":{}}',
  '{"id":1,"who":{"name":null,"at":null},"parts":[null],"weights":[null],"labels":{"k":null}}',
  '{"id":1,"who":{"name":null,"at":null},"parts":[null],"weights":[null],"labels":{"k":2}}',
]

test('records with nested values are compared with what was published, to their depth', async () => {
  const raw = table('raw.nested', {
    from: http(server.api(), {
      path: 'things',
      rows: '$[*]',
      columns,
      incremental: { cursor: 'id', param: 'since' },
    }),
  })
  let count = 0
  for (const known of [3, 5, 7, 7]) {
    // The last record twice: it is a multiset that is compared.
    const page = [...records.slice(0, known), ...(known === 7 ? records.slice(6) : [])]
    server.answer((_, response) => sendJson(response, `[${page.join(',')}]`))
    const report = (await shop.run([raw])).by.get('raw.nested')
    expect(report?.error).toBeUndefined()
    expect(await shop.rows('raw.nested')).toHaveLength(page.length)
    count++
  }
  expect(count).toBe(4)
  expect(new Set(await shop.rows('raw.nested')).size).toBe(7)
})
