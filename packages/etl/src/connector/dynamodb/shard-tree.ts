/** A shard as the service lists it. */
export interface ListedShard {
  readonly id: string
  readonly parent: string | undefined
  /** Nothing more is written to it. */
  readonly isClosed: boolean
}

/** How far the shards of a stream were read. */
export interface Frontier {
  /** Shards that may hold more, with the sequence number that was read last; null: none yet. */
  readonly open: ReadonlyMap<string, string | null>
  /** Shards that were read to their end, of which no child was seen yet. */
  readonly done: ReadonlySet<string>
}

/** The shards of which nothing is left to read: those that are done, and all above any that is known. */
function processedOf(listed: ReadonlyMap<string, ListedShard>, { open, done }: Frontier): Set<string> {
  const processed = new Set(done)
  for (const id of [...open.keys(), ...done]) {
    for (let at = listed.get(id)?.parent; at !== undefined && !processed.has(at); at = listed.get(at)?.parent)
      processed.add(at)
  }
  return processed
}

/**
 * The frontier with the shards that may be read now: those that are not known and have no parent that is still to be read.
 * A shard that is done is forgotten when a child of it has taken its place.
 */
export function extended(shards: readonly ListedShard[], frontier: Frontier): Frontier {
  const listed = new Map(shards.map((s) => [s.id, s]))
  const processed = processedOf(listed, frontier)
  const open = new Map(frontier.open)
  for (const { id, parent } of shards) {
    if (open.has(id) || processed.has(id)) continue
    if (parent === undefined || !listed.has(parent) || processed.has(parent)) open.set(id, null)
  }
  const parents = new Set(shards.map((s) => s.parent))
  return { open, done: new Set([...frontier.done].filter((id) => !parents.has(id))) }
}

/** The shards that nothing follows: what is written from now on is in them or their descendants. */
export function tips(shards: readonly ListedShard[]): Frontier {
  const parents = new Set(shards.map((s) => s.parent))
  const open = shards.filter((s) => !parents.has(s.id)).map((s) => [s.id, null] as const)
  return { open: new Map(open), done: new Set() }
}
