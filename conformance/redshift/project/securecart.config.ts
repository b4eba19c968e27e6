import { csv, defineConfig, int64, redshift, table, target, text, variable } from '@securecart/etl'

const data = variable('data')
const place = {
  database: variable('database'),
  stage: 's3://stage/etl',
  iamRole: variable('role'),
}
const to =
  variable('by') === 'wire'
    ? redshift({
        ...place,
        host: '127.0.0.1',
        port: Number(variable('port')),
        user: variable('user'),
        tls: false,
      })
    : redshift({ ...place, workgroup: variable('workgroup') })

const events = table('raw.events', {
  from: csv(`${data}/in/*.csv`, {
    columns: { id: int64({ required: true }), region: text(), seen: int64({ required: true }) },
  }),
})

const made = [
  target('bi.events', { from: events, to, mode: 'append', redshift: { sort: ['seen'] } }),
  target('bi.latest', {
    from: events,
    to,
    mode: 'merge',
    key: ['id'],
    order: ['seen'],
    redshift: { distribution: { key: 'id' } },
  }),
  target('bi.whole', { from: events, to, mode: 'replace' }),
  target('bi.regions', { from: events, to, mode: 'partition', partition: 'region' }),
  target('bi.versions', { from: events, to, mode: 'history', key: ['id'], order: ['seen'] }),
]

export default defineConfig({ lake: `${data}/lake`, pipelines: [events, made] })
