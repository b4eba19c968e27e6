import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Call } from './server/call.ts'
import { S3Error } from './server/error.ts'
import type { S3Server } from './server/index.ts'
import { serverEnvironment } from './temporary-lake.ts'

/** When a child dies: at one of its writes or deletes, before it takes effect or after, while nobody has answered it. */
export interface Death {
  readonly atCall: number
  readonly before: boolean
}

/** A script that works with a server. */
export interface Child {
  readonly script: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Whether a call changes something. */
export const isChange = ({ operation }: Call): boolean => !/^(Get|Head|List)/.test(operation)

/** A call without what differs from run to run. */
export const placeOf = ({ operation, key }: Call): string =>
  `${operation} ${key.replaceAll(/[0-9a-f-]{8,}/g, '…').replace(/^.*\//, '')}`

/** Runs a script until it is killed; tells what it had printed, and at which call it died. Fails when it ends by itself. */
export async function killAtCall(
  server: S3Server,
  { script, args, env }: Child,
  death: Death,
): Promise<{ readonly output: string; readonly at: string }> {
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...serverEnvironment(server), TEST_LAKE: '', ...env },
  })
  let [output, errors, calls, at] = ['', '', 0, 'starting']
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const closed = once(child, 'close') as Promise<[number | null]>
  server[death.before ? 'onCall' : 'onDone'] = async (call) => {
    if (!isChange(call)) return
    calls += 1
    if (calls !== death.atCall) return
    at = `${death.before ? 'before' : 'after'} ${placeOf(call)}`
    child.kill('SIGKILL')
    // The answer is held until nobody is there to take it.
    await closed
    if (death.before) throw new S3Error('InternalError', 'nobody waits for this any more')
  }
  const [code] = await closed
  server.onCall = server.onDone = undefined
  if (code !== null) throw new Error(`the child stopped by itself: ${errors}`)
  return { output, at }
}
