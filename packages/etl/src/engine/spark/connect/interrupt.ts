import { interruptTypes } from './service-messages.ts'
import { type Rpc, unary } from './rpc.ts'

/** Which operations of the session to end: one, those with a tag, or all. */
export type InterruptTarget =
  | { readonly operationId: string }
  | { readonly tag: string }
  | { readonly all: true }

/** Ends running operations of the session and returns the ids of those that it ended. */
export async function interrupt(rpc: Rpc, target: InterruptTarget): Promise<readonly string[]> {
  const which =
    'all' in target
      ? { interrupt_type: interruptTypes.all }
      : 'tag' in target
        ? { interrupt_type: interruptTypes.tag, operation_tag: target.tag }
        : { interrupt_type: interruptTypes.operation, operation_id: target.operationId }
  const retry = { ...rpc.retry, budgetMs: Math.min(rpc.retry.budgetMs, 5_000) }
  const options = { retry, timeoutMs: 10_000 }
  const answer = await unary(rpc, 'Interrupt', [{ ...rpc.caller, ...which }], options)
  return answer.interrupted_ids ?? []
}
