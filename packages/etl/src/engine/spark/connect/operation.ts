import { randomUUID } from 'node:crypto'
import { EtlError } from '../../../base/errors.ts'
import type { Schema } from '../../../plan/type.ts'
import type { ResultChunk } from '../../contract.ts'
import { readArrow } from './arrow.ts'
import type { Message } from './codec.ts'
import type { RunOptions, SparkResult } from './contract.ts'
import { schemaOf } from './data-type.ts'
import { type Answer, execute } from './execute.ts'
import { type Place, etlError } from './failure.ts'
import { type Observations, noteObservations } from './observation.ts'
import { progressIn } from './progress.ts'
import { RpcError } from './rpc-error.ts'

/** A session as operations need it. */
export interface Home extends Place {
  readonly isSameSession: () => Promise<boolean>
  /**
   * Fails when the server no longer has the session as it was opened: it was restarted or gave the session up, and made one
   * without settings under the same id. Asks the server only after a new connection or a long silence.
   */
  readonly assertSession: () => Promise<void>
}

interface Running extends AsyncDisposable {
  readonly id: string
  readonly answers: AsyncGenerator<Answer, void, undefined>
  readonly observations: Observations
}

function begin(home: Home, plan: Message<'Plan'>, options: RunOptions): Running {
  const id = randomUUID()
  const left = new AbortController()
  const deadline = options.timeoutMs === undefined ? undefined : AbortSignal.timeout(options.timeoutMs)
  const signals = [options.signal, deadline, left.signal].filter((signal) => signal !== undefined)
  const observations = new Map<string, readonly (string | boolean | null)[]>()
  const operation = {
    id,
    plan,
    tags: options.tags ?? [],
    signal: AbortSignal.any(signals),
    isSameSession: home.isSameSession,
  }
  const answers = async function* (): AsyncGenerator<Answer, void, undefined> {
    try {
      await home.assertSession()
      for await (const answer of execute(home.rpc, operation)) {
        noteObservations(answer, observations)
        const progress = progressIn(answer)
        if (progress !== undefined) options.onProgress?.(progress)
        yield answer
      }
      // The operation itself may have been the first on a new connection.
      await home.assertSession()
    } catch (error) {
      const isLate = deadline?.aborted === true && options.signal?.aborted !== true
      const late = `the operation did not end within ${options.timeoutMs} ms and was stopped`
      throw await etlError(isLate ? new RpcError('DEADLINE_EXCEEDED', late, { cause: error }) : error, home)
    }
  }
  const generator = answers()
  return {
    id,
    answers: generator,
    observations,
    async [Symbol.asyncDispose]() {
      left.abort()
      await generator.return()
    },
  }
}

/** Runs a command to its end. */
export async function runCommand(
  home: Home,
  command: Message<'Command'>,
  options: RunOptions,
): Promise<Observations> {
  await using running = begin(home, { command }, options)
  for await (const _ of running.answers);
  return running.observations
}

async function* chunksOf(running: Running, schema: Schema): AsyncGenerator<ResultChunk> {
  try {
    for await (const { arrow_batch: batch } of running.answers) {
      if (batch?.data === undefined) continue
      for (const chunk of readArrow(batch.data, schema)) if (chunk.rows > 0) yield chunk
    }
  } finally {
    await running[Symbol.asyncDispose]()
  }
}

/** Begins a query and waits until Spark has announced its columns. */
export async function runQuery(home: Home, plan: Message<'Plan'>, options: RunOptions): Promise<SparkResult> {
  const running = begin(home, plan, options)
  try {
    for (;;) {
      const { done, value: answer } = await running.answers.next()
      if (done === true) throw new EtlError('bug.unreachable', 'Spark announced no columns for a query')
      if (answer.schema === undefined) continue
      const schema = schemaOf(answer.schema)
      return {
        operationId: running.id,
        schema,
        observations: running.observations,
        chunks: chunksOf(running, schema),
        [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
      }
    }
  } catch (error) {
    await running[Symbol.asyncDispose]()
    throw error
  }
}
