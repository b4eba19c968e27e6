import type { DataFile, LakeTable } from '../contract.ts'

/** Files to be rewritten as one: they share a partition and stay below the target together. */
export interface CompactionGroup {
  readonly partition: DataFile['partition']
  readonly specId: number
  readonly files: readonly DataFile[]
  readonly bytes: number
}

export interface CompactionOptions {
  /** Size of a good file; files under three quarters of it are small. */
  readonly targetFileBytes: number
  /** Partitions with fewer small files than this are left alone; default 2. */
  readonly minFiles?: number
}

/**
 * Plans which small files of a table to rewrite together, partition by partition. Rewrite each group's rows (see
 * `specId`: a file of an older spec keeps its partition values only under that spec) and publish with `overwrite` and
 * `operation: 'replace'`.
 */
export async function planCompaction(
  table: LakeTable,
  options: CompactionOptions,
): Promise<readonly CompactionGroup[]> {
  const { targetFileBytes, minFiles = 2 } = options
  const small = (await table.files()).filter((file) => file.bytes < targetFileBytes * 0.75)
  const byPartition = Map.groupBy(small, (file) => JSON.stringify([file.specId, file.partition]))
  return [...byPartition.values()]
    .filter((files) => files.length >= minFiles)
    .flatMap((files) => pack(files, targetFileBytes))
    .filter((group) => group.files.length > 1)
}

/** Fills groups first-fit by falling size, so that few bytes are rewritten for each file less. */
function pack(files: readonly DataFile[], targetFileBytes: number): readonly CompactionGroup[] {
  const groups: { files: DataFile[]; bytes: number }[] = []
  for (const file of files.toSorted((a, b) => b.bytes - a.bytes)) {
    const room = groups.find((g) => g.bytes + file.bytes <= targetFileBytes)
    if (room === undefined) groups.push({ files: [file], bytes: file.bytes })
    else {
      room.files.push(file)
      room.bytes += file.bytes
    }
  }
  return groups.map((g) => ({
    partition: g.files[0]?.partition ?? [],
    specId: g.files[0]?.specId ?? 0,
    files: g.files,
    bytes: g.bytes,
  }))
}
