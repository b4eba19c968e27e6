import { type Rpc, unary } from './rpc.ts'

/** Sets settings of the session. */
export async function setSettings(rpc: Rpc, settings: Readonly<Record<string, string>>): Promise<void> {
  const pairs = Object.entries(settings).map(([key, value]) => ({ key, value }))
  await unary(rpc, 'Config', [{ ...rpc.caller, operation: { set: { pairs } } }])
}

/** The values of settings of the session; those that have none are left out. */
export async function getSettings(rpc: Rpc, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { pairs = [] } = await unary(rpc, 'Config', [{ ...rpc.caller, operation: { get_option: { keys } } }])
  return new Map(pairs.flatMap(({ key = '', value }) => (value === undefined ? [] : [[key, value]])))
}
