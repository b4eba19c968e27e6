import type { FunctionDefinition } from './contract.ts'
import { intToIp, ipToInt, urlParam, urlPart } from './hash/address.ts'
import { md5, sha256 } from './hash/digest.ts'
import { base64Decode, base64Encode, urlDecode, urlEncode } from './hash/encode.ts'

/** The digests, encodings and addresses of the catalogue. */
export const hashFunctions = {
  md5,
  sha256,
  base64Encode,
  base64Decode,
  urlEncode,
  urlDecode,
  urlPart,
  urlParam,
  ipToInt,
  intToIp,
} as const satisfies Record<string, FunctionDefinition>
