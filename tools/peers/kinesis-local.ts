import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { missingCommands } from './command.ts'
import { npmPackage } from './npm-package.ts'
import { freePort } from './ports.ts'
import { startServer } from './server-process.ts'

/** A private stand-in for Kinesis, in memory; it ends when it is disposed of. */
export interface KinesisLocal extends AsyncDisposable {
  readonly endpoint: string
}

const version = '0.6.2'

/** What is missing to run it, if anything. */
export const missingKinesisLocal = (): string | undefined => missingCommands('npm')

/** Starts `kinesis-local` on free ports. */
export async function startKinesisLocal(): Promise<KinesisLocal> {
  const missing = missingKinesisLocal()
  if (missing !== undefined) throw new Error(`kinesis-local ${missing}`)
  const folder = await npmPackage('kinesis-local', version)
  const [plain, tls] = [await freePort(0), await freePort(0)]
  const server = startServer(process.execPath, [path.join(folder, 'main.js')], {
    // Where its certificate lies.
    cwd: folder,
    env: {
      ...process.env,
      KINESIS_MOCK_PLAIN_PORT: String(plain),
      KINESIS_MOCK_TLS_PORT: String(tls),
      CREATE_STREAM_DURATION: '10ms',
      LOG_LEVEL: 'ERROR',
    },
  })
  const endpoint = `http://127.0.0.1:${plain}`
  const kill = async (): Promise<void> => {
    server.child.kill('SIGKILL')
    await server.ended
  }
  for (let attempt = 0; attempt < 300; attempt++) {
    if (server.child.exitCode !== null) throw new Error(`kinesis-local ended at once:\n${server.log()}`)
    // Any answer will do.
    const answer = await fetch(endpoint, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
    if (answer !== undefined) return { endpoint, [Symbol.asyncDispose]: kill }
    await sleep(200)
  }
  await kill()
  throw new Error(`kinesis-local was not ready after 60 s:\n${server.log()}`)
}
