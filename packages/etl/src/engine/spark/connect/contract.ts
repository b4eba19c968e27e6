import type { Schema } from '../../../plan/type.ts'
import type { ResultChunk } from '../../contract.ts'
import type { Message } from './codec.ts'
import type { ConnectionOptions } from './connection.ts'
import type { InterruptTarget } from './interrupt.ts'
import type { Observations } from './observation.ts'
import type { SparkProgress } from './progress.ts'
import type { Relation } from './relation.ts'
import type { RetryPolicy } from './retry.ts'

/** How a session is opened. */
export interface SparkOptions extends Omit<ConnectionOptions, 'address'> {
  /** `sc://…`, see `parseSparkAddress`. */
  readonly url: string
  /** More headers for every call, such as a service's token. */
  readonly headers?: Readonly<Record<string, string>>
  /** Settings of the session, set before anything runs. */
  readonly settings?: Readonly<Record<string, string>>
  readonly retry?: Partial<RetryPolicy>
  /** The longest time for calls with one answer; 60 s unless given. */
  readonly timeoutMs?: number
  /** The longest silence of a running operation before it is attached anew; 150 s unless given. */
  readonly idleMs?: number
}

/** How one operation is run. */
export interface RunOptions {
  /** Names that `interrupt` knows the operation by; no commas. */
  readonly tags?: readonly string[]
  readonly signal?: AbortSignal
  /** The longest time that the operation may take; it is ended then. */
  readonly timeoutMs?: number
  readonly onProgress?: (progress: SparkProgress) => void
}

/** A running query; disposing of it, or leaving the chunks, ends it. */
export interface SparkResult extends AsyncDisposable {
  readonly operationId: string
  readonly schema: Schema
  /** Values in canonical form; read once, and only as fast as the consumer takes them. */
  readonly chunks: AsyncIterable<ResultChunk>
  /** Complete when the chunks have ended. */
  readonly observations: Observations
}

/** A session on a Spark Connect server. Operations may run side by side. Failures are those of `etlError`. */
export interface SparkSession extends AsyncDisposable {
  /** A UUID. */
  readonly id: string
  /** `sc://host:port`, without secrets. */
  readonly address: string
  /** `3.5.8` */
  readonly version: string
  /** Runs a SELECT, or a relation, and gives its rows. */
  query(input: string | Relation, options?: RunOptions): Promise<SparkResult>
  /** Runs any statement for its effect, once. */
  run(statement: string, options?: RunOptions): Promise<void>
  /** Runs a command, such as `writeFiles`, once, and says what was observed. */
  command(command: Message<'Command'>, options?: RunOptions): Promise<Observations>
  /** What columns a SELECT or relation has; nothing is run. */
  schema(input: string | Relation): Promise<Schema>
  /** How Spark would run it (`EXPLAIN FORMATTED`). */
  explain(input: string | Relation): Promise<string>
  set(settings: Readonly<Record<string, string>>): Promise<void>
  /** The values of settings; those that have none are left out. */
  get(...keys: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Sends a file to the session: `jars/x.jar`, `files/x.txt`, `pyfiles/x.py`, `archives/x.zip`. */
  addArtifact(name: string, data: Uint8Array): Promise<void>
  /** Ends running operations; returns the ids of those that it ended. */
  interrupt(target: InterruptTarget): Promise<readonly string[]>
}
