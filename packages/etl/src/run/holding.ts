import type { Engine, LakeFile, ScanBinding } from '../engine/contract.ts'
import type { Lake } from '../lake/contract.ts'

/** An engine that has the lake files of a call at their paths while the call runs, wherever the lake lies. */
export function holding(engine: Engine, lake: Pick<Lake, 'hold'>): Engine {
  return {
    ...engine,
    materialise: async (request) => {
      await using _held = await lake.hold(filesOf(request.inputs), request.signal)
      return await engine.materialise(request)
    },
    export: async (request) => {
      await using _held = await lake.hold(filesOf(request.inputs), request.signal)
      return await engine.export(request)
    },
    filesHoldingKeys: async (search) => {
      await using _held = await lake.hold([...filesOf(search.inputs), ...search.files], search.signal)
      return await engine.filesHoldingKeys(search)
    },
    query: async (request) => {
      const held = await lake.hold(request.tables.flatMap((table) => table.files))
      try {
        const result = await engine.query(request)
        const close = async (): Promise<void> => {
          await result[Symbol.asyncDispose]()
          await held[Symbol.asyncDispose]()
        }
        return { ...result, [Symbol.asyncDispose]: close }
      } catch (error) {
        await held[Symbol.asyncDispose]()
        throw error
      }
    },
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  }
}

const filesOf = (inputs: ReadonlyMap<string, ScanBinding>): readonly LakeFile[] =>
  [...inputs.values()].flatMap((binding) =>
    binding.kind === 'lake' && binding.isLocal !== true ? binding.files : [],
  )
