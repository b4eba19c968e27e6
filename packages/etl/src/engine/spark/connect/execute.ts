import { setTimeout as sleep } from 'node:timers/promises'
import { type Message, decode, encode } from './codec.ts'
import { interrupt } from './interrupt.ts'
import { type Releases, releases } from './release.ts'
import { backoff, isRetryable } from './retry.ts'
import type { Rpc } from './rpc.ts'
import { RpcError } from './rpc-error.ts'

/** One operation. */
export interface Operation {
  /** A UUID; the server takes each only once, which is what makes a second attempt safe. */
  readonly id: string
  readonly plan: Message<'Plan'>
  readonly tags: readonly string[]
  readonly signal?: AbortSignal
  /** Whether the server still has the session that the operation was sent to. */
  readonly isSameSession: () => Promise<boolean>
}

export type Answer = Message<'ExecutePlanResponse'>

/** Where an operation stands, as far as the client knows. */
interface Progress {
  next: 'execute' | 'reattach'
  lastResponseId: string | undefined
  isComplete: boolean
}

function request(rpc: Rpc, operation: Operation, progress: Progress): Uint8Array {
  const common = { ...rpc.caller, operation_id: operation.id }
  if (progress.next === 'execute') {
    return encode('ExecutePlanRequest', {
      ...common,
      plan: operation.plan,
      tags: operation.tags,
      request_options: [{ reattach_options: { reattachable: true } }],
    })
  }
  const { lastResponseId } = progress
  return encode('ReattachExecuteRequest', {
    ...common,
    ...(lastResponseId === undefined ? {} : { last_response_id: lastResponseId }),
  })
}

const says = (error: RpcError, what: string): boolean =>
  error.message.includes(what) || (error.info['errorClass'] ?? '').includes(what)

/**
 * Decides how to go on after a failure: changes `progress` and returns when another attempt may follow a pause, else
 * throws. An operation is sent a second time only when the first sending had no effect: nothing was sent, or the same
 * session of the same server does not know it, and it knows every operation that ever began.
 */
async function recover(error: unknown, operation: Operation, progress: Progress): Promise<RpcError> {
  if (!(error instanceof RpcError) || operation.signal?.aborted === true) throw error
  if (progress.next === 'reattach' && says(error, 'OPERATION_NOT_FOUND')) {
    if (progress.lastResponseId !== undefined || !(await operation.isSameSession())) {
      throw new RpcError('ABORTED', lost, { cause: error })
    }
    progress.next = 'execute'
    return error
  }
  if (
    progress.next === 'reattach' &&
    /SESSION_(NOT_FOUND|CHANGED|CLOSED)|OPERATION_ABANDONED/.test(error.message)
  )
    throw new RpcError('ABORTED', lost, { cause: error })
  // An earlier sending arrived after all.
  if (progress.next === 'execute' && says(error, 'OPERATION_ALREADY_EXISTS')) {
    progress.next = 'reattach'
    return error
  }
  if (!isRetryable(error)) throw error
  if (error.reached === 'sent') progress.next = 'reattach'
  return error
}

const lost =
  'the Spark server was restarted or gave the session up while the operation ran; whether it took effect is not known'

/**
 * Runs an operation and gives the server's answers, each once and in order, whatever happens to the connection. The
 * server holds back its answers while the consumer does not take them. Leaving early, or the abort of the signal, ends
 * the operation on the server. Fails with an `RpcError`.
 */
export async function* execute(rpc: Rpc, operation: Operation): AsyncGenerator<Answer, void, undefined> {
  const progress: Progress = { next: 'execute', lastResponseId: undefined, isComplete: false }
  const release = releases(rpc, operation.id)
  const tries = backoff(rpc.retry)
  const { signal } = operation
  try {
    while (!progress.isComplete) {
      const call = {
        method: progress.next === 'execute' ? 'ExecutePlan' : 'ReattachExecute',
        requests: [request(rpc, operation, progress)],
        idleMs: rpc.idleMs,
        ...(signal === undefined ? {} : { signal }),
      }
      const began = performance.now()
      let heard = false
      try {
        for await (const bytes of rpc.channel.call(call)) {
          heard = true
          const answer = decode('ExecutePlanResponse', bytes)
          tries.reset()
          progress.next = 'reattach'
          if (answer.result_complete !== undefined) progress.isComplete = true
          yield answer
          if (answer.response_id === undefined) continue
          progress.lastResponseId = answer.response_id
          if (!progress.isComplete) release.until(answer.response_id)
        }
        progress.next = 'reattach'
        // The server ends each attachment after two minutes. One that ends at once, time and again, is broken.
        if (!heard && performance.now() - began < 1_000) throw new RpcError('UNAVAILABLE', 'no answers came')
      } catch (error) {
        if (progress.isComplete) break
        await tries.pause(await recover(error, operation, progress), signal)
      }
    }
  } finally {
    // Nobody waits for the end of an operation that is complete, nor for long on a connection that may be dead.
    if (progress.isComplete) void release.all()
    else
      await Promise.race([stop(rpc, operation.id, release), sleep(longestStopMs, undefined, { ref: false })])
  }
}

const longestStopMs = 5_000

async function stop(rpc: Rpc, operationId: string, release: Releases): Promise<void> {
  await interrupt(rpc, { operationId }).catch(() => {})
  await release.all()
}
