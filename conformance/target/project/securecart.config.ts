import {
  csv,
  defineConfig,
  duckdbFile,
  int64,
  postgres,
  secret,
  table,
  target,
  text,
  variable,
} from '@securecart/etl'

const data = variable('data')
const password = variable('password', '')
const warehouse = postgres({
  host: variable('host'),
  port: Number(variable('port')),
  user: variable('user'),
  database: variable('database'),
  ...(password === '' ? {} : { password: secret(password) }),
})
const file = duckdbFile(`${data}/warehouse.duckdb`)

const events = table('raw.events', {
  from: csv(`${data}/in/*.csv`, {
    columns: { id: int64({ required: true }), region: text(), seen: int64({ required: true }) },
  }),
})

const made = [warehouse, file].flatMap((to) => [
  target('bi.events', { from: events, to, mode: 'append' }),
  target('bi.latest', {
    from: events,
    to,
    mode: 'merge',
    key: ['id'],
    order: ['seen'],
    indexes: [['region']],
  }),
  target('bi.whole', { from: events, to, mode: 'replace' }),
  target('bi.regions', { from: events, to, mode: 'partition', partition: 'region' }),
  target('bi.versions', { from: events, to, mode: 'history', key: ['id'], order: ['seen'] }),
])

export default defineConfig({ lake: `${data}/lake`, pipelines: [events, made] })
