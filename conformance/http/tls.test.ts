import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { http, httpApi, int64, type HttpApi, secret, table } from '../../packages/etl/src/index.ts'
import { probeSources } from '../../packages/etl/src/run/probe.ts'
import { assertSound, compileProject } from '../../packages/etl/src/run/project.ts'
import type { TableReport } from '../../packages/etl/src/run/report.ts'
import { remoteOf } from '../../packages/etl/src/connector/remote.ts'
import type { Probe } from '../../packages/etl/src/connector/remote.ts'
import { missingCommands } from '../../tools/peers/command.ts'
import { openWorkshop } from '../run/workshop.ts'

const missing = missingCommands('openssl')

describe.skipIf(missing !== undefined)(`HTTPS${missing === undefined ? '' : ` (${missing})`}`, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'http-tls-'))
  const servers: Server[] = []
  const seen: (string | undefined)[] = []
  let location: string | undefined
  let good: string
  let expired: string

  /** Makes a certificate of `localhost` that ends in a year, and a server that shows it. */
  const start = async (name: string, endYear: number): Promise<string> => {
    const at = (end: string): string => path.join(folder, `${name}.${end}`)
    const [key, cert] = [at('key'), at('pem')]
    const config = `[ca]\ndefault_ca=own\n[own]\ndatabase=${at('db')}\nnew_certs_dir=${folder}\nrand_serial=yes\ndefault_md=sha256
policy=any\nx509_extensions=ext\n[any]\ncommonName=supplied\n[ext]\nsubjectAltName=DNS:localhost\nbasicConstraints=CA:TRUE\n`
    writeFileSync(at('cnf'), config)
    writeFileSync(at('db'), '')
    const openssl = (...args: readonly string[]): unknown => execFileSync('openssl', args, { stdio: 'pipe' })
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    openssl('req', '-new', ...kind, '-subj', '/CN=localhost', '-keyout', key, '-out', at('csr'))
    const valid = ['-startdate', '20200101000000Z', '-enddate', `${endYear}0101000000Z`]
    const sign = ['-batch', '-selfsign', '-notext', '-config', at('cnf'), '-keyfile', key]
    openssl('ca', ...sign, ...valid, '-in', at('csr'), '-out', cert)
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
      seen.push(request.headers.authorization)
      if (location === undefined) response.end('[{"id":1}]')
      else response.writeHead(302, { location }).end()
    }).listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    return `https://localhost:${(server.address() as AddressInfo).port}`
  }
  beforeAll(async () => {
    process.env['HTTP_TEST_TOKEN'] = 'tok-secret-123456'
    good = await start('good', 2049)
    expired = await start('expired', 2021)
  })
  afterAll(() => {
    for (const server of servers) server.close()
    for (const server of servers) server.closeAllConnections()
    rmSync(folder, { recursive: true, force: true })
  })

  const auth = { kind: 'bearer', token: secret('env:HTTP_TEST_TOKEN') } as const
  const api = (url: string, ca?: string): HttpApi =>
    httpApi({
      url,
      auth,
      allowPrivate: ['localhost'],
      attempts: 2,
      maxWaitMs: 5,
      ...(ca === undefined ? {} : { ca: path.join(folder, ca) }),
    })
  const probe = async (of: HttpApi): Promise<Probe> => {
    const source = http(of, { path: '', rows: '$[*]', columns: { id: int64() } })
    return (await remoteOf(source)).probe(source)
  }

  test('a server that can prove who it is', async () => {
    expect((await probe(api(good, 'good.pem'))).notes[0]).toContain('holds 1 records')
    expect(seen.splice(0)).toEqual(['Bearer tok-secret-123456'])
  })

  test('the path of certificates begins in the folder of the project, wherever it is run', async () => {
    await using shop = await openWorkshop('http-tls-')
    const relative: HttpApi = { ...api(good), ca: 'good.pem' }
    const raw = table('raw.x', { from: http(relative, { path: '', rows: '$[*]', columns: { id: int64() } }) })
    const run = async (): Promise<TableReport | undefined> =>
      (await shop.run([raw], { projectFolder: folder })).by.get('raw.x')
    expect(await run()).toMatchObject({ outcome: 'published', counts: { written: 1 } })
    expect(await run()).toMatchObject({ outcome: 'unchanged' })
    const [probed] = await probeSources(assertSound(await compileProject([raw])), { projectFolder: folder })
    expect(probed?.seen?.notes[0]).toContain('holds 1 records')
    expect((await shop.run([raw], { full: true })).by.get('raw.x')?.error).toMatchObject({
      code: 'config.invalid',
    })
    seen.length = 0
  })

  test('a server that cannot, or no longer can, is told nothing', async () => {
    const told = {
      code: 'connection.failed',
      retry: 'never',
      hint: expect.stringContaining('prove who it is'),
    }
    await expect(probe(api(good))).rejects.toMatchObject(told)
    await expect(probe(api(good, 'expired.pem'))).rejects.toMatchObject(told)
    await expect(probe(api(expired, 'expired.pem'))).rejects.toMatchObject({
      ...told,
      params: { errorCode: 'CERT_HAS_EXPIRED' },
    })
    await expect(probe(api(good, 'nothing.pem'))).rejects.toMatchObject({ code: 'config.invalid' })
    expect(seen).toEqual([])
  })

  test('a redirect to what is not encrypted is refused', async () => {
    location = good.replace('https:', 'http:')
    await expect(probe(api(good, 'good.pem'))).rejects.toMatchObject({
      code: 'connection.private-address',
      message: expect.stringContaining('which is not encrypted'),
    })
  })
})
