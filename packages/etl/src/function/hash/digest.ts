import { bytes, text } from '../../plan/type.ts'
import { type ArgInfo, defineFunction } from '../contract.ts'

const params = [{ name: 'x', accepts: ['text', 'bytes'] }] as const

const utf8Postgres = (x: string, arg: ArgInfo | undefined): string =>
  arg?.type.kind === 'bytes' ? x : `convert_to(${x}, 'UTF8')`

const digest = (
  name: 'md5' | 'sha256',
  what: string,
  outs: readonly [string, string, string, string, string],
) =>
  defineFunction({
    name,
    kind: 'scalar',
    family: 'hash',
    meaning: `${what} of the bytes, for a text of its UTF-8 form, as lower-case hexadecimal digits. Other types are written with to_text first.`,
    params,
    returns: 'text',
    type: () => text,
    nulls: 'strict',
    print: {
      duckdb: ([x]) => `${name}(${x})`,
      postgres: ([x = ''], { args }) =>
        name === 'md5'
          ? `md5(${utf8Postgres(x, args[0])})`
          : `encode(sha256(${utf8Postgres(x, args[0])}), 'hex')`,
      spark: ([x]) => (name === 'md5' ? `md5(${x})` : `sha2(${x}, 256)`),
    },
    edges: [
      {
        types: [text],
        result: text,
        rows: [
          { in: [''], out: outs[0] },
          { in: ['abc'], out: outs[1] },
          { in: ['é'], out: outs[2] },
          { in: ['e\u0301'], out: outs[3] },
          { in: ['😀'], out: outs[4] },
          { in: [null], out: null },
        ],
      },
      {
        types: [bytes],
        result: text,
        rows: [
          { in: ['616263'], out: outs[1] },
          { in: ['c3a9'], out: outs[2] },
          { in: [null], out: null },
        ],
      },
    ],
  })

/** `md5(x)`. */
export const md5 = digest('md5', 'The MD5 digest (for comparison with other systems, not against attack)', [
  'd41d8cd98f00b204e9800998ecf8427e',
  '900150983cd24fb0d6963f7d28e17f72',
  '66ddcd97cfdeabb2f6fb8a999b4bc76f',
  '5526861fbb1e71a1bda6ac364310a807',
  '2a02eac39d716a70ecf37579185927b6',
])

/** `sha256(x)`. */
export const sha256 = digest('sha256', 'The SHA-256 digest', [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  '4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c',
  'bf12767b0f2a56b2190075bae8169f656e3ce8d6357d4aff184bc6c7ea48f9f6',
  'f0443a342c5ef54783a111b51ba56c938e474c32324d90c3a60c9c8e3a37e2d9',
])
