import { crc32 } from 'node:zlib'
import type { Message } from './codec.ts'
import { type Caller, type Rpc, unary } from './rpc.ts'
import { RpcError } from './rpc-error.ts'

const chunkBytes = 32 * 1024

function chunk(data: Uint8Array): Message<'AddArtifactsRequest.ArtifactChunk'> {
  return { data, crc: BigInt(crc32(data)) }
}

function* requests(
  caller: Caller,
  name: string,
  data: Uint8Array,
): Generator<Message<'AddArtifactsRequest'>> {
  const count = Math.ceil(data.length / chunkBytes)
  if (count <= 1) {
    yield { ...caller, batch: { artifacts: [{ name, data: chunk(data) }] } }
    return
  }
  const sizes = { total_bytes: BigInt(data.length), num_chunks: BigInt(count) }
  for (let at = 0; at < data.length; at += chunkBytes) {
    const part = chunk(data.subarray(at, at + chunkBytes))
    if (at === 0) yield { ...caller, begin_chunk: { name, ...sizes, initial_chunk: part } }
    else yield { ...caller, chunk: part }
  }
}

/**
 * Sends a file to the session, in chunks with checksums: `jars/x.jar`, `files/x.txt`, `pyfiles/x.py` or
 * `archives/x.zip`. Fails with an `RpcError` when the server found a checksum wrong.
 */
export async function addArtifact(rpc: Rpc, name: string, data: Uint8Array): Promise<void> {
  const again = { [Symbol.iterator]: () => requests(rpc.caller, name, data) }
  const { artifacts = [] } = await unary(rpc, 'AddArtifacts', again)
  const summary = artifacts.find((artifact) => artifact.name === name)
  if (summary?.is_crc_successful !== true)
    throw new RpcError('DATA_LOSS', `the artifact ${name} did not arrive whole`)
}
