import { expectTypeOf, test } from 'vitest'
import { grok, int32, parseUserAgent, table, text } from '../index.ts'
import type { Column } from '../plan/columns.ts'
import type { Relation } from './contract.ts'

type ColumnsIn<T> = T extends Relation<infer C> ? C : never

const logs = grok('logs/*.log', {
  pattern: '%{NUMBER:status} %{GREEDYDATA:agent}',
  columns: { status: int32({ required: true }), agent: text() },
})

test('the columns of a log, and of what its user agents say', () => {
  const web = table('raw.web', { from: logs })
  const read = table('web.agents', { from: web.pipe(parseUserAgent('agent', { prefix: 'ua_' })) })
  expectTypeOf<ColumnsIn<typeof read>>().toEqualTypeOf<{
    readonly status: Column<'int32', false>
    readonly agent: Column<'text', true>
    readonly ua_browser: Column<'text', true>
    readonly ua_browser_version: Column<'text', true>
    readonly ua_os: Column<'text', true>
    readonly ua_os_version: Column<'text', true>
    readonly ua_device_type: Column<'text', true>
    readonly ua_is_bot: Column<'bool', true>
  }>()
  web.pipe(
    // @ts-expect-error column 'status' is int32; expected text
    parseUserAgent('status'),
  )
})
