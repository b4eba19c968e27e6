const generationRecords = 250_000

/** The records of one reading that were given lately: at least the last 250,000, at most twice as many. */
export interface KnownRecords {
  /** Whether a record is new; it is known from now on. */
  add(digest: string): boolean
  /** Forgets what was added since the last call of `keep`. */
  forget(): void
  keep(): void
}

/**
 * Makes a memory of records. Records repeat when they move to a later page while pages are read, which is soon after they were
 * given; so the memory is bounded.
 */
export function knownRecords(): KnownRecords {
  let [older, newer] = [new Set<string>(), new Set<string>()]
  let added: string[] = []
  return {
    add(digest) {
      if (older.has(digest) || newer.has(digest)) return false
      newer.add(digest)
      added.push(digest)
      return true
    },
    forget() {
      for (const digest of added) newer.delete(digest)
      added = []
    },
    keep() {
      added = []
      if (newer.size < generationRecords) return
      older = newer
      newer = new Set()
    },
  }
}
