import { day, expect, filter, fn, int64, ndjson, table, text, timestamp, variable } from '@securecart/etl'

const data = variable('data')

export const rawClicks = table('raw.clicks', {
  from: ndjson(`${data}/clicks/*.ndjson`, {
    columns: {
      id: int64({ required: true }),
      page: text(),
      clicked_at: timestamp({ format: 'yyyy-MM-dd HH:mm:ss', required: true }),
      ms: int64(),
    },
  }),
})

export const pages = table('web.pages', {
  from: rawClicks.pipe(
    filter((c) => fn.isNotNull(c.page)),
    expect('duration', (c) => fn.ge(c.ms, 0)),
  ),
  partition: [day('clicked_at')],
})
