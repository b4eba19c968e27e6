import { number, seconds } from '../../../packages/etl/src/cli/output.ts'
import { printTable } from '../../../packages/etl/src/cli/print-table.ts'
import type { RunReport } from '../../../packages/etl/src/run/report.ts'
import { rootRelative, type Place } from '../place.ts'
import { dim, title } from '../print.ts'
import type { ShopServers } from './servers.ts'
import type { ShopServices } from './shop-services.ts'

/** Prints what a run delivered into PostgreSQL. */
export function printTargets({ targets }: RunReport): void {
  title('What was delivered into PostgreSQL')
  printTable(
    ['target', 'action', 'inserted', 'updated', 'deleted', 'time'],
    targets.map(({ target, outcome, action, counts, durationMs }) => [
      target,
      outcome === 'delivered' ? action : outcome,
      number(counts?.inserted),
      number(counts?.updated),
      number(counts?.deleted),
      seconds(durationMs),
    ]),
    [2, 3, 4, 5],
  )
  for (const { target, error } of targets)
    if (error !== undefined) console.error(`error ${target}: ${error.message}`)
}

/** The options with which a command of `securecart` reaches the services. */
export const projectOptions = ({ variables }: ShopServices, place: Place): readonly string[] => [
  '--project',
  'examples/shop',
  '--profile',
  'services',
  '--lake',
  rootRelative(place, place.lake),
  ...Object.entries(variables).flatMap(([name, value]) => [
    '--var',
    `${name}=${name === 'data' ? rootRelative(place, value) : value}`,
  ]),
]

/** Prints how the services are reached while they run. */
export function printConnections(services: ShopServices, servers: ShopServers, place: Place): void {
  const { secrets, partners } = services
  const { mysqlAdmin, postgres, dynamodb } = servers
  const { socketPath, host, port, user, password } = mysqlAdmin
  const at = socketPath === undefined ? `--host=${host} --port=${port}` : `--socket=${socketPath}`
  title('How to connect')
  console.log(`  mariadb ${at} --user=${user}${password === undefined ? '' : ` --password=${password}`} shop
  PGPASSWORD=${secrets.SHOP_POSTGRES_PASSWORD} psql --host=${postgres.host} --port=${postgres.port} --username=loader bi
  AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local aws dynamodb scan --region=eu-west-1 --endpoint-url=${dynamodb} --table-name=customers
  curl -H 'Authorization: Bearer ${secrets.SHOP_PARTNER_TOKEN}' ${partners.url}/rates`)
  const options = projectOptions(services, place).join(' ')
  title('Change something there, and run again')
  for (const [name, value] of Object.entries(secrets)) console.log(`  export ${name}=${value}`)
  for (const command of ['probe', 'plan', 'run']) console.log(`  npx securecart ${command} ${options}`)
}

/** Prints the time that all took, and where to look. */
export function printEnd(place: Place, durationMs: number): void {
  const lake = `--lake ${rootRelative(place, place.lake)}`
  title(`All in ${seconds(durationMs)}. Look into the lake`)
  console.log(`  npx securecart tables ${lake}`)
  console.log(`  npx securecart history sales.orders ${lake}`)
  console.log(`  npx securecart show raw.customer_changes ${lake}`)
  console.log(
    dim(
      '\nThe pipelines are those of `npm start`; what differs stands under `services` in examples/shop/pipelines.' +
        '\n`npm run shop:services -- --keep` lets the servers run until Ctrl-C.',
    ),
  )
}
