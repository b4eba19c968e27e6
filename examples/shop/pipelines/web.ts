import { dedupe, sessionize, sql, table } from '@securecart/etl'
import { clicks, requests } from './raw.ts'

export const events = table('web.events', {
  description:
    'Every click once, with the number of its session: a new one starts after a pause of half an hour.',
  from: clicks.pipe(
    // A repetition is equal to the first delivery in every column.
    dedupe({ by: ['event_id'], keep: 'first', order: ['ts'] }),
    sessionize({ by: ['visitor_id'], at: 'ts', gap: { minutes: 30 }, as: 'session', startAs: 'started_at' }),
  ),
})

export const sessions = table('web.sessions', {
  query: sql`
    select visitor_id, session, min(ts) as started_at, max(ts) as ended_at, count(*) as events,
           count(distinct path) as pages
    from ${events}
    group by visitor_id, session`,
  key: ['visitor_id', 'session'],
})

export const pageStats = table('web.page_stats', {
  description: 'Requests by page and day: all, from how many addresses, and how many failed.',
  query: sql`
    select split_part(path, '?', 1) as path, cast(requested_at as date) as day, count(*) as views,
           count(distinct client_ip) as visitors, count(*) filter (where status >= 500) as errors
    from ${requests}
    group by split_part(path, '?', 1), cast(requested_at as date)`,
})
