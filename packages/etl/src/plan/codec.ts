import { EtlError } from '../base/errors.ts'
import { canonicalJson, fingerprint } from '../base/json.ts'
import type { Node } from './node.ts'

/** The version of the serialised form; raised when a reader of the old form could misread the new. */
export const planVersion = 2

/** A serialised plan: version and root node. */
export interface EncodedPlan {
  readonly version: number
  readonly root: Node
}

/** Serialises a plan to canonical JSON: equal plans give equal text. */
export function encodePlan(root: Node): string {
  return canonicalJson({ version: planVersion, root } satisfies EncodedPlan)
}

/** Reads a serialised plan. Fails with `plan.codec` on other versions or anything that is not a plan. */
export function decodePlan(textOfPlan: string): Node {
  let parsed: Partial<EncodedPlan>
  try {
    parsed = JSON.parse(textOfPlan) as Partial<EncodedPlan>
  } catch (cause) {
    throw new EtlError('plan.codec', 'the serialised plan is not JSON', { cause })
  }
  if (parsed.version !== planVersion || parsed.root === undefined) {
    throw new EtlError(
      'plan.codec',
      `the serialised plan has version ${String(parsed.version)}, expected ${planVersion}`,
    )
  }
  assertNode(parsed.root, 'root')
  return parsed.root
}

const nodeKinds: ReadonlySet<string> = new Set<Node['kind']>([
  'scan',
  'filter',
  'project',
  'expect',
  'join',
  'aggregate',
  'window',
  'union',
  'sort',
  'limit',
  'unnest',
  'pivot',
  'unpivot',
  'apply',
  'dedupe',
  'sessionize',
  'bucket',
  'sql',
])

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Fails with `plan.codec` where the tree holds something that is no node of this version. */
function assertNode(value: unknown, at: string): void {
  if (!isRecord(value) || typeof value['kind'] !== 'string' || !nodeKinds.has(value['kind'])) {
    const found = isRecord(value) ? `kind ${JSON.stringify(value['kind'])}` : JSON.stringify(value)
    throw new EtlError('plan.codec', `the serialised plan has ${found} at ${at}, where a node is expected`)
  }
  if (!Array.isArray(value['schema'])) throw new EtlError('plan.codec', `the node at ${at} has no schema`)
  if (value['kind'] === 'scan') return
  if (value['kind'] === 'join') {
    assertNode(value['left'], `${at}.left`)
    assertNode(value['right'], `${at}.right`)
  } else if (value['kind'] === 'union' || value['kind'] === 'sql') {
    const inputs = value['inputs']
    if (!Array.isArray(inputs)) throw new EtlError('plan.codec', `the node at ${at} has no inputs`)
    inputs.forEach((input: unknown, i) => {
      const node = value['kind'] === 'sql' && isRecord(input) ? input['node'] : input
      assertNode(node, `${at}.inputs[${i}]`)
    })
  } else assertNode(value['from'], `${at}.from`)
}

/** Identifies a plan's meaning: 64 hexadecimal digits over its canonical JSON. */
export function planFingerprint(root: Node): string {
  return fingerprint({ version: planVersion, root })
}
