import type { Rpc } from './rpc.ts'
import { unary } from './rpc.ts'

// What is not released, the server drops by itself after some minutes, so nothing waits long for this.
const briefly = { timeoutMs: 5_000 }

/** Tells the server which answers of an operation it need not keep any longer. */
export interface Releases {
  /** Releases all answers up to this one; at most one such call is under way, the newest wins. */
  until(responseId: string): void
  /** Releases the whole operation, which also ends it when it still runs. Never fails. */
  all(): Promise<void>
}

/** Begins to release one operation. */
export function releases(rpc: Rpc, operationId: string): Releases {
  let wanted: string | undefined
  let underWay: Promise<void> | undefined
  const work = async (): Promise<void> => {
    while (wanted !== undefined) {
      const request = { ...rpc.caller, operation_id: operationId, release_until: { response_id: wanted } }
      wanted = undefined
      await unary(rpc, 'ReleaseExecute', [request], briefly).catch(() => {})
    }
    underWay = undefined
  }
  return {
    until(responseId) {
      wanted = responseId
      underWay ??= work()
    },
    async all() {
      wanted = undefined
      const retry = { ...rpc.retry, budgetMs: Math.min(rpc.retry.budgetMs, 5_000) }
      const request = { ...rpc.caller, operation_id: operationId, release_all: {} }
      await unary(rpc, 'ReleaseExecute', [request], { ...briefly, retry }).catch(() => {})
    },
  }
}
